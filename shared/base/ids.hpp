#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/time.hpp"

namespace callboard {

class Random;

/// 16 bytes, ordered as PostgreSQL orders uuids: bytewise.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// A Uuid of one meaning. Different tags don't mix.
template <typename Tag>
struct Id {
  Uuid uuid;

  friend auto operator<=>(const Id&, const Id&) = default;
};

using RunId = Id<struct RunTag>;
using DeliveryId = Id<struct DeliveryTag>;
/// One life of one process: made at start, never used again. What leases, writers and presence name.
using Incarnation = Id<struct IncarnationTag>;

/// 8-4-4-4-12, lower case.
std::string to_string(const Uuid& uuid);
template <typename Tag>
std::string to_string(const Id<Tag>& id) {
  return to_string(id.uuid);
}

/// Reads 8-4-4-4-12 in either case; nothing on anything else.
std::optional<Uuid> parse_uuid(std::string_view text);
template <typename T>
std::optional<T> parse_id(std::string_view text) {
  const auto uuid = parse_uuid(text);
  return uuid ? std::optional<T>(T{*uuid}) : std::nullopt;
}

/// A UUIDv7 (RFC 9562): milliseconds of `at`, then 74 random bits.
Uuid make_uuid(Time at, Random& random);
/// The time in a UUIDv7, to the millisecond.
Time time_of(const Uuid& uuid);

/// The first 16 random bits of a UUIDv7 (12 of rand_a, then the first 4 of rand_b). They choose shard and
/// partition.
std::uint16_t routing_bits(const Uuid& uuid);

using Partition = std::uint16_t;
/// The partition of a run among `count`. A stored promise: it never changes for a given count.
inline Partition partition_of(const RunId& run, Partition count) {
  return static_cast<Partition>(routing_bits(run.uuid) % count);
}
/// A run id as make_uuid makes it, in one of the partitions that `wanted` accepts; after 4,096 tries in any.
RunId make_run_id(Time at, Random& random, Partition count, const std::function<bool(Partition)>& wanted);

/// Who wrote a row: the first 40 bits tell the process incarnation, the rest a serial that is new for every
/// delivery handled and every decision row made. Equal writers mean: this very handling, or this very row as
/// sent.
struct Writer {
  std::int64_t value = 0;

  friend auto operator<=>(const Writer&, const Writer&) = default;
};

/// Hands out writers of one process. One owner, not thread-safe.
class Writers {
 public:
  explicit Writers(const Incarnation& incarnation);
  Writer next();

 private:
  std::uint64_t high_;
  std::uint64_t serial_ = 0;
};

}  // namespace callboard

template <>
struct std::hash<callboard::Uuid> {
  std::size_t operator()(const callboard::Uuid& uuid) const noexcept;
};
template <typename Tag>
struct std::hash<callboard::Id<Tag>> {
  std::size_t operator()(const callboard::Id<Tag>& id) const noexcept {
    return std::hash<callboard::Uuid>()(id.uuid);
  }
};
