#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "shared/base/text.hpp"
#include "shared/log/archive/rebuild.hpp"
#include "shared/log/archive/retention.hpp"
#include "shared/log/archive/verify.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

std::string show_problem(const log::LogProblem& problem) {
  std::string out;
  if (problem.run) out += "run " + to_string(*problem.run) + (problem.key.empty() ? "" : " ");
  out += printable(problem.key);
  return (out.empty() ? "" : out + ": ") + printable(problem.message);
}

Object write_problem(const log::LogProblem& problem) {
  Object out{{"message", problem.message}};
  if (problem.run) out["run"] = to_string(*problem.run);
  if (!problem.key.empty()) out["key"] = problem.key;
  return out;
}

/// Problems as they are found: a line each, or the items of an array that stands open.
std::function<void(const log::LogProblem&)> tell_problems(const Commands& commands, bool& first) {
  return [&commands, &first](const log::LogProblem& problem) {
    if (!commands.json) return commands.terminal.line(show_problem(problem));
    commands.terminal.print((first ? "" : ",") + write_json(write_problem(problem)));
    first = false;
  };
}

Exit verify_stored_log(const Commands& commands, const std::string& run) {
  const auto id = parse_id<RunId>(run);
  if (!run.empty() && !id) {
    commands.terminal.error("callboard: " + printable(run) + " is no id of a run");
    return Exit::bad_usage;
  }
  const auto url = commands.find_database();
  if (!url) return url.error();
  if (commands.json) commands.terminal.print(R"({"problems":[)");
  bool first = true;
  const auto counts = log::verify_log(*url, id, tell_problems(commands, first));
  if (!counts) {
    if (commands.json) commands.terminal.line(R"(],"finished":false})");
    return explain_error(commands.terminal, counts.error());
  }
  const std::vector<std::pair<std::string, std::uint64_t>> numbers{{"runs", counts->runs},
                                                                   {"events", counts->events},
                                                                   {"definitions", counts->definitions},
                                                                   {"deliveries", counts->deliveries},
                                                                   {"origins", counts->origins},
                                                                   {"problemCount", counts->problems}};
  std::string summary;
  for (const auto& [name, number] : numbers) {
    summary += commands.json ? ",\"" + name + "\":" + std::to_string(number)
                             : (summary.empty() ? "" : ", ") + std::to_string(number) + " " +
                                   (name == "problemCount" ? "problems" : name);
  }
  commands.terminal.line(commands.json ? "]" + summary + ",\"finished\":true}" : summary);
  return counts->problems == 0 ? Exit::done : Exit::failed;
}

Exit rebuild_stored_log(const Commands& commands) {
  const auto url = commands.find_database();
  if (!url) return url.error();
  Array problems;
  const auto report = log::rebuild_indexes(*url, [&](const log::LogProblem& problem) {
    if (commands.json)
      problems.push_back(write_problem(problem));
    else
      commands.terminal.line(show_problem(problem));
  });
  if (!report) return explain_error(commands.terminal, report.error());
  const std::vector<std::pair<std::string, std::uint64_t>> changes{
      {"head rows made or mended", report->heads_made},
      {"head rows removed", report->heads_removed},
      {"runs whose labels were mended", report->labels_mended},
      {"inbox rows added", report->inbox_added},
      {"inbox rows removed", report->inbox_removed},
      {"places given", report->places_given},
      {"places freed", report->places_freed},
      {"origins made", report->origins_made},
      {"stored folds dropped", report->folds_dropped},
      {"listeners dropped", report->listeners_dropped}};
  if (commands.json) {
    Object all{{"runs", report->runs}, {"events", report->events}, {"problems", std::move(problems)}};
    Object changed;
    for (const auto& [name, number] : changes) changed[name] = number;
    all["changed"] = std::move(changed);
    commands.terminal.line(write_json(all));
    return Exit::done;
  }
  commands.terminal.line("read " + std::to_string(report->runs) + " runs, " + std::to_string(report->events) +
                         " events");
  for (const auto& [name, number] : changes) {
    if (number > 0) commands.terminal.line("  " + std::to_string(number) + " " + name);
  }
  commands.terminal.line(report->changed() ? "Not in the log, so left as they stand: groups of runs, and "
                                             "causes other than deliveries (idempotency keys)."
                                           : "nothing had to be changed");
  return Exit::done;
}

struct Retaining {
  std::string older_than;
  std::string state = "closed";
  log::RetentionOptions options;
};

std::string show_day(const log::RetainedDay& day, bool dry_run) {
  const std::string name = format_time(Time(day.day)).substr(0, 10);
  const std::string size = std::to_string(day.runs) + " runs, " + std::to_string(day.events) + " events";
  if (day.dropped) return name + (dry_run ? " would be dropped: " : " dropped: ") + size;
  const std::string why = day.problem.empty() ? std::to_string(day.open) + " runs are open" : day.problem;
  return name + " stays: " + printable(why);
}

Object write_day(const log::RetainedDay& day) {
  Object out{{"day", format_time(Time(day.day)).substr(0, 10)},
             {"runs", day.runs},
             {"events", day.events},
             {"open", day.open},
             {"dropped", day.dropped}};
  if (!day.problem.empty()) out["problem"] = day.problem;
  return out;
}

Exit retain_stored_log(const Commands& commands, Retaining wanted) {
  const auto age = parse_duration(wanted.older_than);
  if (!age) {
    commands.terminal.error("callboard: --older-than is a duration, such as 30d");
    return Exit::bad_usage;
  }
  wanted.options.older_than = *age;
  const auto url = commands.find_database();
  if (!url) return url.error();
  const auto report = log::retain_log(*url, wanted.options);
  if (!report) return explain_error(commands.terminal, report.error());
  bool trouble = false;
  Array days;
  for (const log::RetainedDay& day : report->days) {
    trouble |= !day.problem.empty();
    if (commands.json)
      days.push_back(write_day(day));
    else
      commands.terminal.line(show_day(day, wanted.options.dry_run));
  }
  if (commands.json) {
    commands.terminal.line(write_json(Object{{"days", std::move(days)},
                                             {"dryRun", wanted.options.dry_run},
                                             {"archivedRuns", report->archived.runs},
                                             {"archivedEvents", report->archived.events}}));
  } else if (report->days.empty()) {
    commands.terminal.line("no day is older than " + wanted.older_than);
  } else if (report->archived.runs > 0) {
    commands.terminal.line("archived before: " + std::to_string(report->archived.runs) + " runs, " +
                           std::to_string(report->archived.events) + " events");
  }
  return trouble ? Exit::failed : Exit::done;
}

void add_retention(CLI::App& group, Commands& commands) {
  auto wanted =
      std::make_shared<Retaining>();  // shared with the parser, which keeps references to its members
  CLI::App* retention = group.add_subcommand(
      "retention", "Drop whole days of the log that are old, and whose runs are all closed");
  retention
      ->add_option("--older-than", wanted->older_than, "how long ago the day must have ended, such as 30d")
      ->required();
  retention->add_option("--state", wanted->state, "only days whose runs are all in it (closed)")
      ->check(CLI::IsMember({"closed"}));
  retention->add_option("--archive", wanted->options.archive,
                        "export the days into this file first, and read it back");
  retention->add_flag("--dry-run", wanted->options.dry_run, "say what would be dropped, and drop nothing");
  retention->callback([&commands, wanted] {
    commands.chosen = [&commands, wanted] { return retain_stored_log(commands, *wanted); };
  });
}

}  // namespace

void add_log_commands(CLI::App& app, Commands& commands) {
  CLI::App* group =
      app.add_subcommand("log", "The log: one run of it, or all that is stored, in the database itself");
  group->require_subcommand(1);

  auto run = std::make_shared<std::string>();  // shared with the parser, which keeps a reference
  CLI::App* verify =
      group->add_subcommand("verify", "Check every run: keys, decisions, blobs, folds, indexes");
  verify->add_option("--run", *run, "this run alone");
  verify->callback(
      [&commands, run] { commands.chosen = [&commands, run] { return verify_stored_log(commands, *run); }; });
  CLI::App* rebuild = group->add_subcommand(
      "rebuild", "Make the indexes over the log anew from its events, while no dispatcher runs");
  rebuild->callback([&commands] { commands.chosen = [&commands] { return rebuild_stored_log(commands); }; });
  add_log_archive_commands(*group, commands);
  add_log_run_commands(*group, commands);
  add_replay_command(*group, commands);
  add_retention(*group, commands);
}

}  // namespace callboard::cli
