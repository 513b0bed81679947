#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace callboard {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);

/// The hash of bytes that come piece by piece. A copy goes on by itself.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(const Sha256Stream& other);
  Sha256Stream& operator=(const Sha256Stream& other);
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();

  void add(std::string_view bytes);
  /// Of everything so far; more may follow.
  Sha256 hash() const;

 private:
  class Context;
  std::unique_ptr<Context> context_;
};
/// HMAC-SHA256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
/// Lower case, two digits a byte.
std::string to_hex(std::string_view bytes);
std::string to_hex(const Sha256& hash);
/// Written as `to_hex` writes one.
bool is_hash(std::string_view text);
/// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace callboard
