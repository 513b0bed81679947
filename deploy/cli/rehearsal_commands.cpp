#include <CLI/CLI.hpp>

#include "deploy/authoring/excerpt.hpp"
#include "deploy/cli/arguments.hpp"
#include "deploy/cli/commands.hpp"
#include "deploy/rehearsal/report.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::cli {
namespace {

struct RehearsalWords {
  std::string file;
  std::string event;  // a file
  std::string event_name;
  std::string source;
  std::string at;     // of a schedule's tick
  std::string stubs;  // a file
  std::vector<std::string> inputs;
};

/// A file of stubs, and what the command line says beside it.
struct StubFile {
  std::string path;  // empty: there is none
  std::string text;
  rehearsal::Stubs stubs;
};

std::expected<StubFile, Exit> read_stub_file(const Commands& commands, const std::string& path) {
  if (path.empty()) return StubFile{};
  auto text = read_argument_file(commands.terminal, path);
  if (!text) return std::unexpected(text.error());
  auto stubs = rehearsal::read_stubs(*text);
  if (stubs) return StubFile{.path = path, .text = *std::move(text), .stubs = *std::move(stubs)};
  commands.terminal.error(authoring::show_problems(stubs.error(), path, *text));
  return std::unexpected(Exit::bad_usage);
}

/// Faults of the file at their place, those of the command line without one.
Exit tell_faults(const Commands& commands, const std::vector<rehearsal::Fault>& faults,
                 const StubFile& file) {
  workflow::Problems problems;
  for (const rehearsal::Fault& fault : faults) {
    const auto place = file.stubs.places.find(fault.path);
    if (place != file.stubs.places.end())
      problems.add(place->second, fault.path, fault.message);
    else
      commands.terminal.error("callboard: " + printable(fault.message));
  }
  if (!problems.empty())
    commands.terminal.error(authoring::show_problems(problems.take(), file.path, file.text));
  return Exit::bad_usage;
}

std::expected<void, Exit> read_event(const Commands& commands, const RehearsalWords& words,
                                     rehearsal::Stubs& stubs) {
  const auto refuse = [&](const std::string& what) {
    commands.terminal.error("callboard: " + what);
    return std::unexpected(Exit::bad_usage);
  };
  if (!words.event.empty()) {
    const auto text = read_argument_file(commands.terminal, words.event, limits::kWebhookBytes);
    if (!text) return std::unexpected(text.error());
    auto payload = read_json(*text);
    if (!payload) return refuse(printable(words.event) + ": " + printable(payload.error().message));
    if (!payload->is_object()) return refuse(printable(words.event) + ": the payload is not a JSON object");
    stubs.event = std::move(*payload);
    stubs.places.erase("event");
  }
  const auto settle = [&](const std::string& word, const char* field, std::string& out) {
    if (word.empty()) return;
    out = word;
    stubs.places.erase(field);
  };
  settle(words.source, "source", stubs.source);
  settle(words.event_name, "eventName", stubs.event_name);
  if (words.at.empty()) return {};
  stubs.places.erase("at");
  stubs.at = parse_time(words.at);
  if (!stubs.at) return refuse("--at must be a time (RFC 3339): 2026-11-21T03:00:00Z");
  return {};
}

Exit tell_rehearsed(const Commands& commands, const rehearsal::Rehearsed& rehearsed,
                    const rehearsal::Expected& expected) {
  const std::vector<std::string> differences = find_differences(expected, rehearsed);
  const bool passed = expected.is_empty()
                          ? rehearsed.starts && rehearsed.phase == run::RunPhase::completed
                          : differences.empty() && (rehearsed.starts || expected.starts == false);
  if (commands.json) {
    Object out = rehearsal::to_value(rehearsed).as_object();
    Array lines;
    for (const std::string& line : differences) lines.push_back(Value(line));
    out["differences"] = std::move(lines);
    out["passed"] = passed;
    commands.terminal.line(write_json(Value(std::move(out))));
  } else {
    commands.terminal.print(rehearsal::to_text(rehearsed));
    for (const std::string& line : differences)
      commands.terminal.error("not as expected: " + printable(line));
    if (!expected.is_empty() && passed) commands.terminal.line("everything is as expected");
  }
  return passed ? Exit::done : Exit::failed;
}

Exit rehearse_file(const Commands& commands, const RehearsalWords& words) {
  const auto text = read_workflow(commands, words.file);
  if (!text) return text.error();
  const auto compiled = workflow::compile(*text, workflow::Format::automatic, false);
  if (!compiled) return Exit::bad_usage;
  auto file = read_stub_file(commands, words.stubs);
  if (!file) return file.error();
  rehearsal::Stubs& stubs = file->stubs;
  const auto inputs = read_inputs(commands, words.inputs);
  if (!inputs) return inputs.error();
  for (const auto& input : *inputs) {
    stubs.inputs[input.key()] = input.value();
    stubs.places.erase("inputs." + std::string(input.key()));
  }
  if (const auto read = read_event(commands, words, stubs); !read) return read.error();
  const auto rehearsed = rehearsal::rehearse(*compiled, stubs, wall_now());
  return rehearsed ? tell_rehearsed(commands, *rehearsed, stubs.expected)
                   : tell_faults(commands, rehearsed.error(), *file);
}

}  // namespace

void add_rehearsal_command(CLI::App& workflow, Commands& commands) {
  auto words =
      std::make_shared<RehearsalWords>();  // shared with the parser, which keeps references to its members
  CLI::App* test = workflow.add_subcommand(
      "test", "Run a workflow file in memory, its steps answered by stubs; needs no dispatcher");
  test->add_option("FILE", words->file)->required();
  test->add_option("--event", words->event, "a JSON file: the payload of the event that starts it");
  test->add_option("--event-name", words->event_name,
                   "pull_request.opened, or pull_request with the payload's action; a webhook's path; "
                   "nightly.completed; found by the workflow's "
                   "triggers and the payload where only one fits");
  test->add_option("--source", words->source,
                   "github (if not given), linear, webhook, workflow (a run's end; its payload: "
                   R"({"run":{"workflow","state","outputs",…}}), or schedule (which has no payload))")
      ->check(CLI::IsMember({"github", "linear", "webhook", "workflow", "schedule"}));
  test->add_option("--at", words->at,
                   "with --source schedule: the time of the tick (RFC 3339); the next one if not given");
  test->add_option("--input", words->inputs, "an input: name=value; may be given again")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  test->add_option(
      "--stubs", words->stubs,
      "a YAML file: what the steps come to, and what the run is expected to come to; exit status "
      "1 if it does not");
  test->callback([&commands, words] {
    commands.chosen = [&commands, words] { return rehearse_file(commands, *words); };
  });
}

}  // namespace callboard::cli
