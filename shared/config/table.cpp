#include <algorithm>
#include <array>

#include "shared/config/setting.hpp"

namespace callboard::config {
namespace {

constexpr std::uint8_t kDispatcher = static_cast<std::uint8_t>(Program::dispatcher);
constexpr std::uint8_t kWorker = static_cast<std::uint8_t>(Program::worker);
constexpr std::uint8_t kCli = static_cast<std::uint8_t>(Program::cli);
constexpr std::uint8_t kServers = kDispatcher | kWorker;
constexpr std::uint8_t kAll = kServers | kCli;

using enum SettingKind;

constexpr auto kTable = std::to_array<Setting>({
    {"CALLBOARD_DATABASE_URL", "--database-url", "database.url", database_url, "", kAll,
     "PostgreSQL; unset, `callboard up` starts its own"},
    {"CALLBOARD_BUS", "--bus", "bus", bus, "nats", kAll, "which bus carries the jobs"},
    {"CALLBOARD_NATS_URL", "--nats-url", "nats.url", nats_url, "", kAll,
     "NATS; unset, `callboard up` starts its own nats-server"},
    {"CALLBOARD_LISTEN", "--listen", "listen", listen_address, "127.0.0.1:8080", kDispatcher | kCli,
     "the dispatcher's HTTP address; port 0 picks one and prints it"},
    {"CALLBOARD_PUBLIC_URL", "--public-url", "publicUrl", http_url, "", kDispatcher | kCli,
     "how the outside reaches the dispatcher: links, and a Host header that is its own"},
    {"CALLBOARD_WORKFLOWS", "--workflows", "workflows", folder, "", kDispatcher | kCli,
     "folder of workflow files, loaded at start and again when they change"},
    {"CALLBOARD_SEGMENTS", "--segments", "segments", on_off, "on", kDispatcher | kCli,
     "whether a straight line of steps may travel as one job"},
    {"CALLBOARD_INSECURE_WEBHOOKS", "--insecure-webhooks", "insecureWebhooks", on_off, "off",
     kDispatcher | kCli, "accept unsigned webhooks of a source that has no secret"},
    {"CALLBOARD_DATA", "--data", "data", folder, "./.callboard", kCli, "data folder of the embedded stack"},
    {"CALLBOARD_URL", "--url", "url", http_url, "", kCli,
     "the dispatcher that commands talk to; unset: the one in the data folder, else http://127.0.0.1:8080"},
    {"CALLBOARD_SLOTS", "--slots", "worker.slots", count, "128", kWorker | kCli,
     "how many steps one worker executes at a time"},
    {"CALLBOARD_POOL", "--pool", "worker.pool", pool, "default", kWorker | kCli,
     "the labels of the worker: it takes the steps whose runsOn names these"},
    {"CALLBOARD_HTTP_ALLOW", "--http-allow", "http.allow", host_list, "", kWorker | kCli,
     "private hosts, addresses and CIDRs that `http` steps may reach"},
    {"CALLBOARD_EXECUTION_RECORD", "--execution-record", "worker.executionRecord", file, "", kWorker | kCli,
     "file in which the worker counts every execution, for the load test"},
    {"GITHUB_WEBHOOK_SECRET", "", "github.webhookSecret", secret_list, "", kDispatcher | kCli,
     "signs GitHub's webhooks; several by commas while rotating"},
    {"LINEAR_WEBHOOK_SECRET", "", "linear.webhookSecret", secret_list, "", kDispatcher | kCli,
     "signs Linear's webhooks; several by commas while rotating"},
    {"GITHUB_TOKEN", "", "github.token", secret, "", kDispatcher | kCli,
     "asks GitHub for deliveries that failed, of the hooks in GITHUB_HOOKS"},
    {"GITHUB_APP_ID", "", "github.appId", text, "", kDispatcher | kCli,
     "the GitHub App whose failed deliveries are asked for"},
    {"GITHUB_APP_PRIVATE_KEY", "", "github.appPrivateKey", secret, "", kDispatcher | kCli,
     "its private key, PEM"},
    {"GITHUB_API_URL", "--github-api-url", "github.apiUrl", http_url, "https://api.github.com",
     kDispatcher | kCli, "where GitHub's API answers; of Enterprise Server https://HOST/api/v3"},
    {"GITHUB_HOOKS", "--github-hooks", "github.hooks", hook_list, "", kDispatcher | kCli,
     "webhooks of repositories and organizations whose failed deliveries are asked for"},
    {"ANTHROPIC_API_KEY", "", "providers.anthropic.apiKey", secret, "", kWorker | kCli, "key of Anthropic"},
    {"ANTHROPIC_BASE_URL", "--anthropic-base-url", "providers.anthropic.baseUrl", http_url,
     "https://api.anthropic.com", kWorker | kCli, "where Anthropic answers"},
    {"OPENAI_API_KEY", "", "providers.openai.apiKey", secret, "", kWorker | kCli,
     "key of OpenAI, or of what speaks its protocol"},
    {"OPENAI_BASE_URL", "--openai-base-url", "providers.openai.baseUrl", http_url,
     "https://api.openai.com/v1", kWorker | kCli, "where OpenAI, or what speaks its protocol, answers"},
    {"GOOGLE_API_KEY", "", "providers.gemini.apiKey", secret, "", kWorker | kCli, "key of Gemini"},
    {"GEMINI_BASE_URL", "--gemini-base-url", "providers.gemini.baseUrl", http_url,
     "https://generativelanguage.googleapis.com", kWorker | kCli, "where Gemini answers"},
    {"OLLAMA_BASE_URL", "--ollama-base-url", "providers.ollama.baseUrl", http_url, "http://127.0.0.1:11434",
     kWorker | kCli, "where Ollama answers"},
    {"CALLBOARD_LOG_LEVEL", "--log-level", "log.level", log_level, "info", kAll, "what is logged"},
    {"CALLBOARD_LOG_FORMAT", "--log-format", "log.format", log_format, "text", kAll, "how it is logged"},
});

}  // namespace

std::span<const Setting> settings_table() { return kTable; }

const Setting* find_setting(std::string_view variable) {
  const auto* found = std::ranges::find(kTable, variable, &Setting::variable);
  return found == kTable.end() ? nullptr : found;
}

}  // namespace callboard::config
