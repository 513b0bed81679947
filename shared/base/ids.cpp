#include "shared/base/ids.hpp"

#include <cstring>

#include "shared/base/hash.hpp"
#include "shared/base/ports.hpp"

namespace callboard {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr int kSerialBits = 24;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dash_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string to_string(const Uuid& uuid) {
  std::string out;
  out.reserve(36);
  for (const std::uint8_t byte : uuid.bytes) {
    if (is_dash_at(out.size())) out += '-';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 36;) {
    if (is_dash_at(i)) {
      if (text[i++] != '-') return std::nullopt;
      continue;
    }
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.bytes[at++] = static_cast<std::uint8_t>(high * 16 + low);
    i += 2;
  }
  return out;
}

Uuid make_uuid(Time at, Random& random) {
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count());
  Uuid out;
  for (std::size_t i = 0; i < 6; ++i) out.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  const std::uint64_t a = random.next();
  const std::uint64_t b = random.next();
  out.bytes[6] = static_cast<std::uint8_t>(0x70 | (a & 0x0f));
  out.bytes[7] = static_cast<std::uint8_t>(a >> 8);
  out.bytes[8] = static_cast<std::uint8_t>(0x80 | ((a >> 16) & 0x3f));
  for (std::size_t i = 9; i < 16; ++i) out.bytes[i] = static_cast<std::uint8_t>(b >> (8 * (i - 9)));
  return out;
}

Time time_of(const Uuid& uuid) {
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | uuid.bytes[i];
  return Time(std::chrono::milliseconds(ms));
}

std::uint16_t routing_bits(const Uuid& uuid) {
  return static_cast<std::uint16_t>((uuid.bytes[6] & 0x0f) << 12 | uuid.bytes[7] << 4 |
                                    ((uuid.bytes[8] >> 2) & 0x0f));
}

RunId make_run_id(Time at, Random& random, Partition count, const std::function<bool(Partition)>& wanted) {
  RunId id{make_uuid(at, random)};
  for (int i = 0; i < 4096 && !wanted(partition_of(id, count)); ++i) id = RunId{make_uuid(at, random)};
  return id;
}

Writers::Writers(const Incarnation& incarnation)
    : high_(stable_hash(incarnation.uuid.bytes) << kSerialBits) {}

Writer Writers::next() {
  return Writer{static_cast<std::int64_t>(high_ | (++serial_ & ((1u << kSerialBits) - 1)))};
}

}  // namespace callboard

std::size_t std::hash<callboard::Uuid>::operator()(const callboard::Uuid& uuid) const noexcept {
  std::uint64_t low = 0;
  std::memcpy(&low, uuid.bytes.data() + 8, sizeof low);
  return static_cast<std::size_t>(callboard::mix_bits(low));
}
