#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shared/log/archive/lines.hpp"
#include "shared/log/archive/record.hpp"

namespace callboard::log {

/// What both ends of an archive keep of the lines that have passed.
struct ArchiveState {
  Sha256Stream hash;
  ArchiveCounts counts;
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
};

/// Writes the lines of an archive, and the trailer that seals it. What comes in which order is the caller's
/// to hold: header, definitions, deliveries, origins, runs with their events.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(WriteBytes write, ArchiveState state = {})
      : write_(std::move(write)), state_(std::move(state)) {}

  Result<void> add(const ArchiveRecord& record);
  Result<void> seal();
  const ArchiveCounts& counts() const { return state_.counts; }

 private:
  WriteBytes write_;
  ArchiveState state_;
};

/// Reads an archive line by line. Nothing that it gives may be trusted to be all there is before it has come
/// to the end: only the trailer tells a whole archive from one that was cut.
class ArchiveReader {
 public:
  /// `lines` must outlive it.
  explicit ArchiveReader(Lines& lines) : lines_(lines) {}

  /// The next record; nothing behind a trailer that is right. `invalid`, with the line's number: bytes that
  /// are no archive, or no whole one. Events carry the run under which they stand.
  Result<std::optional<ArchiveRecord>> next();
  /// As it was before the line of the run that came last.
  const ArchiveState& before_run() const { return before_run_; }
  /// The lines ended, or the last one was broken off, before the trailer.
  bool is_cut() const { return cut_; }

 private:
  Result<void> check_order(const ArchiveRecord& record);
  Result<void> check_trailer(const ArchiveTrailer& trailer) const;
  std::unexpected<Error> refuse(const std::string& what) const;

  Lines& lines_;
  ArchiveState state_;
  ArchiveState before_run_;
  std::size_t section_ = 0;  // of the record that came last; 0: none has
  std::optional<RunId> run_;
  bool cut_ = false;
};

/// Reads all of it: whole, or what is wrong.
Result<ArchiveTrailer> check_archive(Lines& lines);

/// Where a cut archive can be gone on with: before the line of its last run, which may not be all there.
struct ResumePoint {
  ArchiveHeader header;
  ArchiveState state;
  std::optional<RunId> last;  // the run that the next line is of; nothing: no run had begun
};
/// `conflict` if the archive is whole; `invalid` if it is damaged otherwise than by a cut.
Result<ResumePoint> find_resume_point(Lines& lines);

}  // namespace callboard::log
