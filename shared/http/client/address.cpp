#include "shared/http/client/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <initializer_list>

namespace callboard::http {
namespace {

constexpr std::size_t kV4At = 12;  // where an IPv4 address stands in its mapped form

Address map_v4(const std::uint8_t* four) {
  Address address;
  address.bytes[10] = address.bytes[11] = 0xff;
  std::copy_n(four, 4, address.bytes.begin() + kV4At);
  return address;
}

bool is_in_any(const Address& address, std::initializer_list<std::string_view> ranges) {
  return std::ranges::any_of(ranges,
                             [&](std::string_view range) { return parse_range(range)->contains(address); });
}

bool is_v4(const Address& address) { return is_in_any(address, {"::ffff:0:0/96"}); }

bool is_special_v4(const Address& address) {
  return is_in_any(
      address, {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
                "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"});
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const std::string bare(text.substr(0, text.find('%')));
  std::array<std::uint8_t, 4> four{};
  if (inet_pton(AF_INET, bare.c_str(), four.data()) == 1) return map_v4(four.data());
  Address address;
  if (inet_pton(AF_INET6, bare.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<Address> address_of(const sockaddr* socket_address) {
  if (socket_address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, socket_address, sizeof in);
    return map_v4(reinterpret_cast<const std::uint8_t*>(&in.sin_addr));
  }
  if (socket_address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in{};
  std::memcpy(&in, socket_address, sizeof in);
  Address address;
  std::copy_n(in.sin6_addr.s6_addr, address.bytes.size(), address.bytes.begin());
  return address;
}

bool Range::contains(const Address& address) const {
  for (unsigned bit = 0; bit < bits; bit += 8) {
    const unsigned left = std::min(bits - bit, 8u);
    const auto mask = static_cast<std::uint8_t>(0xff00u >> left);
    if (((base.bytes[bit / 8] ^ address.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Range> parse_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto base = parse_address(host);
  if (!base) return std::nullopt;
  const bool is_dotted = host.find(':') == std::string_view::npos;
  Range range{*base, 128};
  if (slash == std::string_view::npos) return range;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  if (!is_number || bits > (is_dotted ? 32u : 128u)) return std::nullopt;
  range.bits = bits + (is_dotted ? 96 : 0);
  return range;
}

bool is_public(const Address& address) {
  if (is_v4(address)) return !is_special_v4(address);
  if (is_in_any(address, {"64:ff9b::/96"})) return !is_special_v4(map_v4(address.bytes.data() + kV4At));
  if (is_in_any(address, {"2002::/16"})) return !is_special_v4(map_v4(address.bytes.data() + 2));
  if (is_in_any(address, {"2001::/23", "2001:db8::/32", "3fff::/20"})) return false;
  return is_in_any(address, {"2000::/3"});  // all that IANA has given out for global unicast
}

}  // namespace callboard::http
