#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The settings: one table says of each its names, kind, default and help; parsing, --help, `callboard config
/// check` and the table in README.md are made from it.
namespace callboard::config {

enum class SettingKind : std::uint8_t {
  text,
  folder,
  file,
  bus,             // nats
  database_url,    // postgresql://…, or libpq's key=value form
  nats_url,        // nats://host:port
  http_url,        // http://… or https://…
  listen_address,  // host:port on loopback; port 0 picks one
  log_level,
  log_format,
  on_off,
  count,      // 1 to 4096
  host_list,  // hosts, addresses and CIDRs, by commas
  hook_list,  // repos/OWNER/REPO/hooks/ID and orgs/ORG/hooks/ID, by commas
  pool,       // labels of workers, by commas
  secret,
  secret_list,  // by commas, while rotating
};

enum class Program : std::uint8_t { dispatcher = 1, worker = 2, cli = 4 };

/// One row of the table. What is empty does not exist for it: secrets have no flag, because a command line is
/// public.
struct Setting {
  std::string_view variable;  // its name in errors and documents too
  std::string_view flag;      // "--listen"
  std::string_view key;       // of the file: "log.level"
  SettingKind kind = SettingKind::text;
  std::string_view fallback;  // empty: unset
  std::uint8_t programs = 0;  // who reads it
  std::string_view help;
};

std::span<const Setting> settings_table();
/// By its variable; null if there is none.
const Setting* find_setting(std::string_view variable);

constexpr bool is_for(const Setting& setting, Program program) {
  return (setting.programs & static_cast<std::uint8_t>(program)) != 0;
}
constexpr bool is_secret(const Setting& setting) {
  return setting.kind == SettingKind::secret || setting.kind == SettingKind::secret_list;
}

/// What a value of this kind looks like: "a loopback address and port, such as 127.0.0.1:8080".
std::string_view expected_of(SettingKind kind);
/// Nothing if `value` is one; else what was expected instead.
std::optional<std::string> refuse_value(SettingKind kind, std::string_view value);
/// For showing: secrets are masked whole, a URL's password alone.
std::string masked_value(const Setting& setting, std::string_view value);

/// A host and a port, read from a value that refuse_value let through.
struct Address {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const Address&, const Address&) = default;
};
std::optional<Address> parse_address(std::string_view text);
bool is_loopback(std::string_view host);

}  // namespace callboard::config
