#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace callboard::http {

/// An IP address; an IPv4 one stands in its mapped form (::ffff:a.b.c.d).
struct Address {
  std::array<std::uint8_t, 16> bytes{};
};

/// Dotted IPv4, or IPv6 with or without brackets and zone. Nothing on anything else.
std::optional<Address> parse_address(std::string_view text);
/// Nothing if it is no IP address.
std::optional<Address> address_of(const sockaddr* socket_address);

/// A range of addresses: 10.0.0.0/8, fd00::/8, or one address.
struct Range {
  Address base;
  unsigned bits = 128;  // of the mapped form

  bool contains(const Address& address) const;
};
std::optional<Range> parse_range(std::string_view text);

/// False for what only this machine or its own network can reach, or what is no destination: loopback,
/// private, link-local, carrier-grade NAT, multicast, documentation, reserved; also where such an IPv4
/// address stands inside an IPv6 one (mapped, NAT64, 6to4, Teredo). After the IANA special-purpose registries
/// (RFC 6890).
bool is_public(const Address& address);

}  // namespace callboard::http
