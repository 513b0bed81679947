#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "deploy/cli/commands.hpp"
#include "shared/base/text.hpp"
#include "shared/log/archive/export.hpp"
#include "shared/log/archive/import.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kSpoolBytes = 256 * limits::kKiB;

struct Exporting {
  std::string out = "-";
  std::string since;
  std::string until;
  std::vector<std::string> runs;
  std::string state;
  bool resume = false;
};

Result<std::optional<Time>> read_time_argument(const std::string& name, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto at = parse_time(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (at) return at;
  return fail(ErrorCode::invalid, name + " is a day or a time, such as 2026-11-21 or 2026-11-21T07:49:11Z");
}

Result<log::Selection> read_selection(const Exporting& wanted) {
  log::Selection selection;
  const auto since = read_time_argument("--since", wanted.since);
  if (!since) return std::unexpected(since.error());
  const auto until = read_time_argument("--until", wanted.until);
  if (!until) return std::unexpected(until.error());
  if (*since || *until) selection.spans.push_back({*since, *until});
  for (const std::string& text : wanted.runs) {
    const auto run = parse_id<RunId>(text);
    if (!run) return fail(ErrorCode::invalid, text + " is no id of a run");
    selection.runs.push_back(*run);
  }
  selection.closed_only = !wanted.state.empty();
  return selection;
}

/// The file anew, or what a cut one has, gone on with.
Result<log::ArchiveCounts> export_to_file(const std::string& url, const Exporting& wanted,
                                          const log::Selection& selection) {
  std::error_code ignored;
  const bool there = std::filesystem::file_size(wanted.out, ignored) > 0 && !ignored;
  if (there && !wanted.resume)
    return fail(ErrorCode::conflict, wanted.out + " is there already: --resume goes on with a cut archive");
  log::ResumePoint point;
  if (there) {
    auto lines = log::FileLines::open(wanted.out);
    if (!lines) return std::unexpected(lines.error());
    auto found = log::find_resume_point(*lines);
    if (!found) return std::unexpected(found.error());
    point = std::move(*found);
  }
  if (point.last && !selection.is_everything() && !(selection == point.header.selection))
    return fail(ErrorCode::invalid, wanted.out + " was begun with other --since, --until, --run or --state");
  auto file = log::FileWriter::open(wanted.out, point.state.bytes);
  if (!file) return std::unexpected(file.error());
  const auto write = [&](std::string_view bytes) { return file->write(bytes); };
  auto counts = point.last ? log::resume_export(url, point, write) : log::export_log(url, selection, write);
  const auto finished = file->finish();  // what was written is kept for --resume, whatever failed
  if (counts && !finished) return std::unexpected(finished.error());
  return counts;
}

Result<log::ArchiveCounts> export_to_standard_output(const std::string& url,
                                                     const log::Selection& selection) {
  auto out = log::FileWriter::to_standard_output();
  auto counts = log::export_log(url, selection, [&](std::string_view bytes) { return out.write(bytes); });
  const auto finished = out.finish();
  if (counts && !finished) return std::unexpected(finished.error());
  return counts;
}

Object write_counts(const log::ArchiveCounts& counts) {
  return {{"definitions", counts.definitions},
          {"deliveries", counts.deliveries},
          {"origins", counts.origins},
          {"runs", counts.runs},
          {"events", counts.events}};
}

std::string show_counts(const log::ArchiveCounts& counts) {
  return std::to_string(counts.runs) + " runs, " + std::to_string(counts.events) + " events, " +
         std::to_string(counts.definitions) + " definitions, " + std::to_string(counts.deliveries) +
         " deliveries, " + std::to_string(counts.origins) + " origins";
}

Exit export_stored_log(const Commands& commands, const Exporting& wanted) {
  const auto selection = read_selection(wanted);
  if (!selection) return explain_error(commands.terminal, selection.error());
  const bool to_file = wanted.out != "-";
  if (wanted.resume && !to_file) {
    commands.terminal.error("callboard: --resume goes on with a file: name it with --out");
    return Exit::bad_usage;
  }
  const auto url = commands.find_database();
  if (!url) return url.error();
  const auto counts =
      to_file ? export_to_file(*url, wanted, *selection) : export_to_standard_output(*url, *selection);
  if (!counts) return explain_error(commands.terminal, counts.error());
  if (to_file && commands.json)
    commands.terminal.line(write_json(write_counts(*counts)));
  else
    commands.terminal.error("exported " + show_counts(*counts));
  const auto held = log::count_held(*url);
  if (!held) return explain_error(commands.terminal, held.error());
  if (*held > 0) {
    commands.terminal.error(std::to_string(*held) +
                            (*held == 1 ? " event is held back (debounce, batch) and not"
                                        : " events are held back (debounce, batch) and not") +
                            " in the archive: once imported, replay the deliveries whose verdict says held");
  }
  return Exit::done;
}

/// Standard input in a file of its own, since an archive is read more than once. Gone with this object.
class Spool {
 public:
  static Result<Spool> fill() {
    std::string path = (std::filesystem::temp_directory_path() / "callboard-import-XXXXXX").string();
    const int fd = mkstemp(path.data());
    if (fd < 0) return fail(ErrorCode::invalid, "can't make a temporary file");
    close(fd);
    Spool spool(path);
    auto file = log::FileWriter::open(path, 0);
    if (!file) return std::unexpected(file.error());
    std::string buffer(kSpoolBytes, '\0');
    while (true) {
      const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(ErrorCode::invalid, "can't read standard input");
      if (got == 0) break;
      auto written = file->write(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
      if (!written) return std::unexpected(written.error());
    }
    if (auto finished = file->finish(); !finished) return std::unexpected(finished.error());
    return spool;
  }
  Spool(Spool&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Spool& operator=(Spool&&) = delete;
  ~Spool() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  explicit Spool(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Exit import_archive(const Commands& commands, const std::string& path, bool dry_run) {
  const auto url = commands.find_database();
  if (!url) return url.error();
  Array problems;
  const auto report = log::import_log(*url, path, dry_run, [&](const log::LogProblem& problem) {
    if (commands.json && problem.run)
      problems.push_back(Object{{"run", to_string(*problem.run)}, {"message", problem.message}});
    else
      commands.terminal.error("run " + (problem.run ? to_string(*problem.run) : "") + " " +
                              printable(problem.key) + ": " + printable(problem.message));
  });
  if (!report) {
    // A file that is not there is bad usage, as a bad one is.
    const bool no_file = report.error().code == ErrorCode::not_found;
    const Exit exit = explain_error(commands.terminal, report.error());
    return no_file ? Exit::bad_usage : exit;
  }
  if (commands.json) {
    commands.terminal.line(write_json(Object{{"dryRun", dry_run},
                                             {"written", write_counts(report->written)},
                                             {"stood", write_counts(report->stood)},
                                             {"inboxRows", report->told},
                                             {"problems", std::move(problems)}}));
    return Exit::done;
  }
  commands.terminal.line((dry_run ? "would import " : "imported ") + show_counts(report->written));
  commands.terminal.line("there already: " + show_counts(report->stood));
  return Exit::done;
}

Exit import_stored_log(const Commands& commands, const std::string& file, bool dry_run) {
  if (file != "-") return import_archive(commands, file, dry_run);
  const auto spool = Spool::fill();
  if (!spool) return explain_error(commands.terminal, spool.error());
  return import_archive(commands, spool->path(), dry_run);
}

void add_export(CLI::App& group, Commands& commands) {
  auto wanted =
      std::make_shared<Exporting>();  // shared with the parser, which keeps references to its members
  CLI::App* command = group.add_subcommand("export", "Write the log, or a part of it, as lines of JSON");
  command->add_option("--out", wanted->out, "the file; standard output without it, or with -");
  command->add_flag("--resume", wanted->resume, "go on with a file that was cut, behind its last whole run");
  command->add_option("--since", wanted->since, "runs made at this time or later");
  command->add_option("--until", wanted->until, "runs made before this time");
  command->add_option("--run", wanted->runs, "this run; may stand several times")->allow_extra_args(false);
  command->add_option("--state", wanted->state, "only runs in it (closed)")->check(CLI::IsMember({"closed"}));
  command->callback([&commands, wanted] {
    commands.chosen = [&commands, wanted] { return export_stored_log(commands, *wanted); };
  });
}

void add_import(CLI::App& group, Commands& commands) {
  struct Importing {
    std::string file;
    bool dry_run = false;
  };
  auto wanted = std::make_shared<Importing>();  // shared with the parser, as above
  CLI::App* command = group.add_subcommand("import", "Put an exported log into a database");
  command->add_option("FILE", wanted->file, "what `export` wrote; - is standard input")->required();
  command->add_flag("--dry-run", wanted->dry_run, "check and compare, and write nothing");
  command->callback([&commands, wanted] {
    commands.chosen = [&commands, wanted] {
      return import_stored_log(commands, wanted->file, wanted->dry_run);
    };
  });
}

}  // namespace

void add_log_archive_commands(CLI::App& group, Commands& commands) {
  add_export(group, commands);
  add_import(group, commands);
}

}  // namespace callboard::cli
