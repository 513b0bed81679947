#include "shared/config/programs.hpp"

#include "shared/base/pool.hpp"

namespace callboard::config {
namespace {

LogSettings log_of(const Settings& settings) {
  return {settings.text("CALLBOARD_LOG_LEVEL"), settings.text("CALLBOARD_LOG_FORMAT")};
}

Problems missing_servers(const Settings& settings) {
  Problems problems;
  for (const std::string_view variable : {"CALLBOARD_DATABASE_URL", "CALLBOARD_NATS_URL"}) {
    if (settings.find(variable)) continue;
    problems.push_back({std::string(variable), "not set; expected " +
                                                   std::string(expected_of(find_setting(variable)->kind)) +
                                                   " (`callboard up` starts everything on one machine)"});
  }
  return problems;
}

GithubSettings github_of(const Settings& settings) {
  GithubSettings github{.api_url = settings.text("GITHUB_API_URL"),
                        .token = settings.text("GITHUB_TOKEN"),
                        .app_id = settings.text("GITHUB_APP_ID"),
                        .app_private_key = settings.text("GITHUB_APP_PRIVATE_KEY"),
                        .hooks = settings.list("GITHUB_HOOKS")};
  while (github.api_url.ends_with('/')) github.api_url.pop_back();
  return github;
}

Problems missing_credentials(const GithubSettings& github) {
  Problems problems;
  if (!github.hooks.empty() && github.token.empty())
    problems.push_back({"GITHUB_TOKEN", "not set; GITHUB_HOOKS needs one that may read these webhooks"});
  if (github.app_id.empty() != github.app_private_key.empty())
    problems.push_back({github.app_id.empty() ? "GITHUB_APP_ID" : "GITHUB_APP_PRIVATE_KEY",
                        "not set; an App has both an id and a private key"});
  return problems;
}

}  // namespace

std::expected<DispatcherSettings, Problems> make_dispatcher_settings(const Settings& settings,
                                                                     WebhookSecrets webhook_secrets) {
  if (Problems problems = missing_servers(settings); !problems.empty())
    return std::unexpected(std::move(problems));
  GithubSettings github = github_of(settings);
  if (Problems problems = missing_credentials(github); !problems.empty())
    return std::unexpected(std::move(problems));
  return DispatcherSettings{
      .database_url = settings.text("CALLBOARD_DATABASE_URL"),
      .nats_url = settings.text("CALLBOARD_NATS_URL"),
      .listen = parse_address(settings.text("CALLBOARD_LISTEN")).value_or(Address{}),
      .public_url = settings.find("CALLBOARD_PUBLIC_URL"),
      .workflows = settings.find("CALLBOARD_WORKFLOWS"),
      .segments = settings.is_on("CALLBOARD_SEGMENTS"),
      .insecure_webhooks = settings.is_on("CALLBOARD_INSECURE_WEBHOOKS"),
      .github_webhook_secrets = settings.list("GITHUB_WEBHOOK_SECRET"),
      .linear_webhook_secrets = settings.list("LINEAR_WEBHOOK_SECRET"),
      .webhook_secrets = std::move(webhook_secrets),
      .github = std::move(github),
      .vars = settings.vars(),
      .log = log_of(settings),
  };
}

std::expected<WorkerSettings, Problems> make_worker_settings(const Settings& settings,
                                                             std::map<std::string, std::string> secrets) {
  if (Problems problems = missing_servers(settings); !problems.empty())
    return std::unexpected(std::move(problems));
  return WorkerSettings{
      .database_url = settings.text("CALLBOARD_DATABASE_URL"),
      .nats_url = settings.text("CALLBOARD_NATS_URL"),
      .pool = *read_pool(settings.text("CALLBOARD_POOL")),
      .slots = settings.count("CALLBOARD_SLOTS"),
      .http_allow = settings.list("CALLBOARD_HTTP_ALLOW"),
      .execution_record = settings.find("CALLBOARD_EXECUTION_RECORD"),
      .anthropic = {settings.text("ANTHROPIC_BASE_URL"), settings.text("ANTHROPIC_API_KEY")},
      .openai = {settings.text("OPENAI_BASE_URL"), settings.text("OPENAI_API_KEY")},
      .gemini = {settings.text("GEMINI_BASE_URL"), settings.text("GOOGLE_API_KEY")},
      .ollama = {settings.text("OLLAMA_BASE_URL"), ""},
      .secrets = std::move(secrets),
      .log = log_of(settings),
  };
}

}  // namespace callboard::config
