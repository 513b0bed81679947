#include "shared/log/archive/sealed.hpp"

namespace callboard::log {
namespace {

constexpr std::size_t kHeaderSection = 1;
constexpr std::size_t kRunSection = 5;
constexpr std::size_t kTrailerSection = 6;

/// The order of an archive's parts, as the variant has it, but that runs and events share one.
std::size_t section_of(const ArchiveRecord& record) {
  if (std::holds_alternative<run::Event>(record)) return kRunSection;
  return std::holds_alternative<ArchiveTrailer>(record) ? kTrailerSection : record.index() + 1;
}

void count(ArchiveCounts& counts, const ArchiveRecord& record) {
  counts.definitions += std::holds_alternative<Definition>(record) ? 1 : 0;
  counts.deliveries += std::holds_alternative<StoredDelivery>(record) ? 1 : 0;
  counts.origins += std::holds_alternative<StoredOrigin>(record) ? 1 : 0;
  counts.runs += std::holds_alternative<RunHeading>(record) ? 1 : 0;
  counts.events += std::holds_alternative<run::Event>(record) ? 1 : 0;
}

void pass(ArchiveState& state, const ArchiveRecord& record, std::string_view line) {
  state.hash.add(line);
  state.hash.add("\n");
  state.bytes += line.size() + 1;
  ++state.lines;
  count(state.counts, record);
}

}  // namespace

Result<void> ArchiveWriter::add(const ArchiveRecord& record) {
  std::string line = encode_record(record);
  pass(state_, record, line);
  line += '\n';
  return write_(line);
}

Result<void> ArchiveWriter::seal() { return add(ArchiveTrailer{state_.counts, state_.hash.hash()}); }

std::unexpected<Error> ArchiveReader::refuse(const std::string& what) const {
  return fail(ErrorCode::invalid, "the archive's line " + std::to_string(state_.lines + 1) + ": " + what);
}

Result<void> ArchiveReader::check_order(const ArchiveRecord& record) {
  const std::size_t section = section_of(record);
  if (section_ == 0 && section != kHeaderSection) return refuse("it does not begin with an archive's header");
  if (section < section_ || (section == kHeaderSection && section_ != 0)) return refuse("it is out of order");
  section_ = section;
  if (const auto* run = std::get_if<RunHeading>(&record)) {
    if (run_ && run->id <= *run_) return refuse("runs are out of order");
    run_ = run->id;
  }
  if (std::holds_alternative<run::Event>(record) && !run_) return refuse("an event before any run");
  return {};
}

Result<void> ArchiveReader::check_trailer(const ArchiveTrailer& trailer) const {
  if (trailer.hash != state_.hash.hash()) return refuse("the SHA-256 is not that of the lines before it");
  if (!(trailer.counts == state_.counts)) return refuse("the counts are not those of the lines before it");
  return {};
}

Result<std::optional<ArchiveRecord>> ArchiveReader::next() {
  auto line = lines_.next();
  if (!line) return refuse(line.error().message);
  if (!*line) {
    cut_ = section_ != kTrailerSection;
    if (cut_) return refuse("the archive is cut: it ends without its trailer");
    return lines_.is_cut() ? Result<std::optional<ArchiveRecord>>(refuse("bytes behind the trailer"))
                           : std::optional<ArchiveRecord>();
  }
  if (section_ == kTrailerSection) return refuse("a line behind the trailer");
  auto record = decode_record(**line);
  if (!record) return refuse(record.error().message);
  if (auto ordered = check_order(*record); !ordered) return std::unexpected(ordered.error());
  if (const auto* trailer = std::get_if<ArchiveTrailer>(&*record)) {
    if (auto checked = check_trailer(*trailer); !checked) return std::unexpected(checked.error());
  }
  if (auto* event = std::get_if<run::Event>(&*record)) event->run = *run_;
  if (std::holds_alternative<RunHeading>(*record)) before_run_ = state_;
  pass(state_, *record, **line);
  return std::optional(std::move(*record));
}

Result<ArchiveTrailer> check_archive(Lines& lines) {
  ArchiveReader reader(lines);
  ArchiveTrailer trailer;
  while (true) {
    auto record = reader.next();
    if (!record) return std::unexpected(record.error());
    if (!*record) return trailer;
    if (const auto* found = std::get_if<ArchiveTrailer>(&**record)) trailer = *found;
  }
}

Result<ResumePoint> find_resume_point(Lines& lines) {
  ArchiveReader reader(lines);
  ResumePoint point;
  while (true) {
    auto record = reader.next();
    if (!record && reader.is_cut()) return point;
    if (!record) return std::unexpected(record.error());
    if (!*record) return fail(ErrorCode::conflict, "the archive is whole: there is nothing to go on with");
    if (auto* header = std::get_if<ArchiveHeader>(&**record)) point.header = std::move(*header);
    if (const auto* run = std::get_if<RunHeading>(&**record)) {
      point.state = reader.before_run();
      point.last = run->id;
    }
  }
}

}  // namespace callboard::log
