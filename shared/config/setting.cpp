#include "shared/config/setting.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "shared/base/pool.hpp"

namespace callboard::config {
namespace {

constexpr unsigned kMostCount = 4096;

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_ip(std::string_view host, int family) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(family, std::string(host).c_str(), bytes.data()) == 1;
}

bool is_host_name(std::string_view host) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, is_allowed) && host.front() != '-';
}

/// Something behind one of the schemes, without blanks or control characters.
bool is_url(std::string_view text, std::initializer_list<std::string_view> schemes) {
  const auto is_odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_odd)) return false;
  return std::ranges::any_of(schemes, [&](std::string_view scheme) {
    return text.starts_with(scheme) && text.size() > scheme.size() && text[scheme.size()] != '/';
  });
}

bool is_database_url(std::string_view text) {
  if (is_url(text, {"postgresql://", "postgres://"})) return true;
  // postgresql:///name?host=/folder reaches a Unix socket; libpq's other form is key=value.
  return text.starts_with("postgresql:///") || text.starts_with("postgres:///") ||
         (text.find("://") == std::string_view::npos && text.find('=') != std::string_view::npos);
}

bool is_allowed_host(std::string_view entry) {
  const auto slash = entry.find('/');
  if (slash == std::string_view::npos) {
    return is_ip(entry, AF_INET) || is_ip(entry, AF_INET6) || is_host_name(entry);
  }
  const auto bits = parse_number<unsigned>(entry.substr(slash + 1));
  const std::string_view host = entry.substr(0, slash);
  return bits && ((*bits <= 32 && is_ip(host, AF_INET)) || (*bits <= 128 && is_ip(host, AF_INET6)));
}

/// repos/OWNER/REPO/hooks/ID or orgs/ORG/hooks/ID
bool is_hook(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = path; !rest.empty();) {
    const auto slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  const std::size_t names = parts.empty() || parts[0] == "orgs" ? 1 : 2;
  if (parts.size() != names + 3 || (parts[0] != "orgs" && parts[0] != "repos") || path.ends_with('/'))
    return false;
  const bool has_names =
      std::ranges::all_of(parts.begin() + 1, parts.begin() + 1 + static_cast<int>(names), is_host_name);
  return has_names && parts[names + 1] == "hooks" && parse_number<std::uint64_t>(parts[names + 2]);
}

/// True if there is a part and each one passes. Parts stand between commas, blanks around them don't count.
template <typename Test>
bool is_each_part(std::string_view text, Test&& test) {
  while (true) {
    const auto comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (part.empty() || !test(part)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> choices) {
  return std::ranges::find(choices, value) != choices.end();
}

bool is_value(SettingKind kind, std::string_view value) {
  switch (kind) {
    case SettingKind::text:
    case SettingKind::folder:
    case SettingKind::file:
    case SettingKind::secret: return !value.empty() && value.find('\0') == std::string_view::npos;
    case SettingKind::bus: return value == "nats";
    case SettingKind::database_url: return is_database_url(value);
    case SettingKind::nats_url: return is_url(value, {"nats://", "tls://"});
    case SettingKind::http_url: return is_url(value, {"http://", "https://"});
    case SettingKind::listen_address: {
      const auto address = parse_address(value);
      return address && is_loopback(address->host);
    }
    case SettingKind::log_level: return is_one_of(value, {"debug", "info", "warn", "error", "off"});
    case SettingKind::log_format: return is_one_of(value, {"text", "json"});
    case SettingKind::on_off: return is_one_of(value, {"on", "off"});
    case SettingKind::count: {
      const auto number = parse_number<unsigned>(value);
      return number && *number >= 1 && *number <= kMostCount;
    }
    case SettingKind::host_list: return is_each_part(value, is_allowed_host);
    case SettingKind::hook_list: return is_each_part(value, is_hook);
    case SettingKind::pool: return read_pool(value).has_value();
    case SettingKind::secret_list:
      return is_each_part(value, [](std::string_view part) { return !part.empty(); });
  }
  return false;
}

}  // namespace

std::string_view expected_of(SettingKind kind) {
  switch (kind) {
    case SettingKind::text: return "a text";
    case SettingKind::folder: return "a folder";
    case SettingKind::file: return "a file";
    case SettingKind::bus: return "nats";
    case SettingKind::database_url:
      return "a PostgreSQL URL, such as postgresql://user:password@host:5432/name";
    case SettingKind::nats_url: return "a NATS URL, such as nats://host:4222";
    case SettingKind::http_url: return "a URL that begins with http:// or https://";
    case SettingKind::listen_address: return "a loopback address and port, such as 127.0.0.1:8080";
    case SettingKind::log_level: return "debug, info, warn, error or off";
    case SettingKind::log_format: return "text or json";
    case SettingKind::on_off: return "on or off";
    case SettingKind::count: return "a whole number from 1 to 4096";
    case SettingKind::host_list: return "hosts, addresses or CIDRs, such as api.internal,10.0.0.0/8";
    case SettingKind::hook_list: return "webhooks, such as repos/acme/widgets/hooks/5,orgs/acme/hooks/7";
    case SettingKind::pool:
      return "labels of letters, digits, _ and - (at most 63 each), such as default or linux,gpu";
    case SettingKind::secret: return "a secret";
    case SettingKind::secret_list: return "secrets between commas, none of them empty";
  }
  return "";
}

std::optional<std::string> refuse_value(SettingKind kind, std::string_view value) {
  if (is_value(kind, value)) return std::nullopt;
  if (kind == SettingKind::bus && value == "kafka") return "kafka is not supported yet; expected nats";
  if (kind == SettingKind::listen_address && parse_address(value)) {
    return "any other address than loopback requires authentication, which is not supported yet; expected " +
           std::string(expected_of(kind));
  }
  return "expected " + std::string(expected_of(kind));
}

std::string masked_value(const Setting& setting, std::string_view value) {
  if (is_secret(setting)) return "***";
  const auto scheme = value.find("://");
  if (scheme == std::string_view::npos) {
    return setting.kind == SettingKind::database_url ? "***" : std::string(value);
  }
  const std::string_view authority = value.substr(scheme + 3, value.find('/', scheme + 3) - (scheme + 3));
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  std::string shown(value);
  if (at != std::string_view::npos && colon < at)
    shown.replace(scheme + 3 + colon + 1, at - colon - 1, "***");
  return shown.find("password=") == std::string::npos ? shown : "***";
}

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ip(host, AF_INET6)) return std::nullopt;
  } else if (!is_host_name(host)) {
    return std::nullopt;
  }
  return Address{std::string(host), *port};
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ip(host, AF_INET));
}

}  // namespace callboard::config
