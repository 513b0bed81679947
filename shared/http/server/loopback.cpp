#include "shared/http/server/loopback.hpp"

#include <algorithm>
#include <array>

namespace callboard::http {
namespace {

/// "example.org" of "example.org:8080", "::1" of "[::1]:8080".
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('['))
    return authority.substr(1, std::min(authority.find(']'), authority.size()) - 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

bool is_loopback_authority(std::string_view authority) {
  const std::string_view host = host_of(authority);
  if (equal_ignoring_case(host, "localhost") || host == "::1") return true;
  // 127.0.0.0/8, written out: four numbers, so that 127.0.0.1.example.org is none.
  if (!host.starts_with("127.")) return false;
  return std::ranges::count(host, '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::optional<std::string_view> find_sign_of_outside(const Request& request) {
  static constexpr std::array<std::string_view, 4> kOfProxies{"Forwarded", "X-Forwarded-For", "X-Real-IP",
                                                              "Via"};
  for (const std::string_view name : kOfProxies) {
    if (request.headers.find(name)) return name;
  }
  if (is_loopback_authority(request.headers.get("Host"))) return std::nullopt;
  return "Host";
}

}  // namespace callboard::http
