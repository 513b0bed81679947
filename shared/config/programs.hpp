#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/config/settings.hpp"

/// What each program needs to know, as one plain struct made from the table.
namespace callboard::config {

struct LogSettings {
  std::string level;   // debug, info, warn, error, off
  std::string format;  // text, json
};

/// Names of variables that workflows' `on.webhook` may name, and the secrets behind each.
using WebhookSecrets = std::map<std::string, std::vector<std::string>>;

/// How GitHub is asked for deliveries that failed.
struct GithubSettings {
  std::string api_url;  // without a slash at its end
  std::string token;    // empty: none
  std::string app_id;   // empty: there is no App
  std::string app_private_key;
  std::vector<std::string> hooks;  // repos/acme/widgets/hooks/5
};

struct DispatcherSettings {
  std::string database_url;
  std::string nats_url;
  Address listen;
  std::optional<std::string> public_url;
  std::optional<std::string> workflows;  // folder
  bool segments = true;
  bool insecure_webhooks = false;
  std::vector<std::string> github_webhook_secrets;  // any of them may have signed
  std::vector<std::string> linear_webhook_secrets;
  WebhookSecrets webhook_secrets;
  GithubSettings github;
  std::map<std::string, std::string> vars;
  LogSettings log;
};

struct ProviderSettings {
  std::string base_url;
  std::string key;  // empty: none
};

struct WorkerSettings {
  std::string database_url;
  std::string nats_url;
  std::string pool;
  std::uint32_t slots = 0;
  std::vector<std::string> http_allow;          // hosts, addresses and CIDRs
  std::optional<std::string> execution_record;  // file
  ProviderSettings anthropic;
  ProviderSettings openai;
  ProviderSettings gemini;
  ProviderSettings ollama;
  std::map<std::string, std::string> secrets;  // NAME of ${secrets.NAME} to its value
  LogSettings log;
};

/// A dispatcher or a worker needs a database and a bus: `problems` names what is missing.
std::expected<DispatcherSettings, Problems> make_dispatcher_settings(const Settings& settings,
                                                                     WebhookSecrets webhook_secrets = {});
/// `secrets`: what take_secrets gave.
std::expected<WorkerSettings, Problems> make_worker_settings(const Settings& settings,
                                                             std::map<std::string, std::string> secrets);

/// CALLBOARD_SECRET_<NAME>, and the contents of the files that CALLBOARD_SECRET_<NAME>_FILE name.
std::expected<std::map<std::string, std::string>, Problems> find_secrets();
/// Secrets of webhooks: variables of the environment whose names end in _SECRET, _TOKEN or _KEY and are no
/// others of Callboard's, or the contents of the files that <NAME>_FILE name; several by commas. What can't
/// be read is not set: it may be another program's.
WebhookSecrets find_webhook_secrets();
/// Wipes every secret out of this process's environment, where other processes of the same user could read it
/// (/proc/PID/environ) and children inherit it. Call it once the settings are read and before threads start.
void erase_secret_variables();
/// True of variables that hold a secret: those of the table, CALLBOARD_SECRET_*, those that
/// find_webhook_secrets reads, and the _FILE forms of all.
bool is_secret_variable(std::string_view name);
bool is_webhook_secret(std::string_view name);

}  // namespace callboard::config
