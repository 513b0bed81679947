#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/log/log.hpp"
#include "shared/value/sha256.hpp"

/// An archive: the log as text, a line of JSON for each thing. The lines, pure; their form is in
/// shared/log/README.md, a golden file in tests/golden/archive.
namespace callboard::log {

inline constexpr int kArchiveVersion = 1;

/// A stretch of time, `until` left out.
struct Span {
  std::optional<Time> since;
  std::optional<Time> until;

  friend bool operator==(const Span&, const Span&) = default;
};

/// Which runs are exported, by the times in their ids. Everything empty: all.
struct Selection {
  std::vector<Span> spans{};
  std::vector<RunId> runs{};
  bool closed_only = false;

  bool is_everything() const { return spans.empty() && runs.empty() && !closed_only; }
  friend bool operator==(const Selection&, const Selection&) = default;
};

/// The first line.
struct ArchiveHeader {
  Partition partitions = 0;  // of the database that was exported
  std::string snapshot;  // what was seen there, as pg_current_snapshot() says it: for going on after a cut
  Selection selection;
};

/// A delivery as it is stored: headers and verdicts are the bytes of their columns.
struct StoredDelivery {
  DeliveryId id;
  std::string source;
  std::string external_id;
  std::string event;
  std::string matched_against;
  Time at{};
  std::string headers;
  std::string verdicts;
  std::string body;

  friend bool operator==(const StoredDelivery&, const StoredDelivery&) = default;
};

struct StoredOrigin {
  std::string kind;
  Sha256 hash{};
  Uuid maker;
  std::optional<DeliveryId> delivery;
  Time at{};
  std::string fingerprint;  // any bytes
  std::vector<RunId> runs;

  friend bool operator==(const StoredOrigin&, const StoredOrigin&) = default;
};

/// A run begins; its events follow, in the order of their positions.
struct RunHeading {
  RunId id;
  std::string group;  // whose places it wants or has: what the events don't say

  friend bool operator==(const RunHeading&, const RunHeading&) = default;
};

struct ArchiveCounts {
  std::uint64_t definitions = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t origins = 0;
  std::uint64_t runs = 0;
  std::uint64_t events = 0;

  friend bool operator==(const ArchiveCounts&, const ArchiveCounts&) = default;
};

/// The last line.
struct ArchiveTrailer {
  ArchiveCounts counts;
  Sha256 hash{};  // of all lines before it, their newlines included
};

/// An event's line does not say of which run it is: decoded alone, `run` is empty.
using ArchiveRecord = std::variant<ArchiveHeader, Definition, StoredDelivery, StoredOrigin, RunHeading,
                                   run::Event, ArchiveTrailer>;

/// One line, without its newline.
std::string encode_record(const ArchiveRecord& record);
/// `invalid` with what is wrong, naming the version where the archive is of a later one. Members that it does
/// not know are passed over.
Result<ArchiveRecord> decode_record(std::string_view line);

}  // namespace callboard::log
