#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/run_view.hpp"
#include "deploy/cli/watch.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kMostEvents = 100'000;
constexpr std::size_t kMostWorkflows = 5'000;
constexpr std::size_t kMostRuns = 500;

std::string lines_of(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// What is wrong with the file of a workflow, or with a file that never made one: its first problem.
std::string problem_of_workflow(const Value& item) {
  const std::string_view problems = find_text(&item, "problems");
  if (problems.empty()) return "";
  const std::size_t end = problems.find('\n');
  std::string out = printable(problems.substr(0, end));
  if (end != std::string_view::npos && end + 1 < problems.size()) out += " (and more)";
  return find_text(&item, "name").empty() ? out : out + "; the version before it still runs";
}

std::string table_of_workflows(const Value& items) {
  std::vector<std::vector<std::string>> rows;
  bool has_problems = false;
  for (const Value& item : items.get_array()) {
    const bool is_file = find_text(&item, "name").empty();
    rows.push_back({printable(find_text(&item, is_file ? "file" : "name")),
                    printable(find_text(&item, "version")), printable(find_text(&item, "hash")).substr(0, 12),
                    is_file ? "" : std::to_string(find_int(&item, "steps")),
                    printable(find_text(&item, "registeredAt")), problem_of_workflow(item)});
    has_problems = has_problems || !rows.back().back().empty();
  }
  if (rows.empty()) return "no workflows yet\n";
  std::vector<std::string> heading{"NAME", "VERSION", "HASH", "STEPS", "SINCE"};
  if (has_problems) heading.emplace_back("PROBLEM");
  return format_table(heading, rows);
}

Exit list_workflows(const Commands& commands) {
  return commands.show_list("/api/workflows", kMostWorkflows, table_of_workflows);
}

Exit show_status(const Commands& commands, const std::string& run) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->get(run_path(run)), [&](const Value& value) {
    const bool colour = commands.terminal.has_colour();
    return lines_of(draw_run(value, {.colour = colour})) + lines_of(draw_end(value, colour));
  });
}

/// Which runs are listed.
struct RunWords {
  std::string run, workflow, state, parent;
  std::vector<std::string> labels;
};

Exit list_runs(const Commands& commands, const RunWords& words) {
  std::string path = "/api/runs";
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) path += (path.contains('?') ? "&" : "?") + name + "=" + percent_encoded(value);
  };
  add("workflow", words.workflow);
  add("state", words.state);
  add("parent", words.parent);
  for (const std::string& label : words.labels) add("label", label);
  return commands.show_list(path, kMostRuns, [](const Value& items) {
    std::vector<std::vector<std::string>> rows;
    for (const Value& item : items.get_array()) {
      rows.push_back({printable(find_text(&item, "id")), printable(find_text(&item, "workflow")),
                      printable(find_text(&item, "state")), printable(find_text(&item, "createdAt")),
                      label_line(item)});
    }
    return rows.empty() ? std::string("no such runs\n")
                        : format_table({"RUN", "WORKFLOW", "STATE", "CREATED", "LABELS"}, rows);
  });
}

Exit show_status_of(const Commands& commands, const RunWords& words) {
  const bool has_filter =
      !words.workflow.empty() || !words.state.empty() || !words.parent.empty() || !words.labels.empty();
  if (words.run.empty()) return list_runs(commands, words);
  if (!has_filter) return show_status(commands, words.run);
  commands.terminal.error(
      "callboard: expected one RUN, or a filter (--label, --workflow, --state, --parent)");
  return Exit::bad_usage;
}

void add_status_command(CLI::App& workflow, Commands& commands) {
  auto words = std::make_shared<RunWords>();  // shared with the parser, which keeps references to its members
  CLI::App* parser =
      workflow.add_subcommand("status", "A run, its steps and outputs; without RUN the newest runs");
  parser->add_option("RUN", words->run, "the run's id");
  parser->add_option("--label", words->labels,
                     "only runs with this label (name:value, or name); may be repeated");
  parser->add_option("--workflow", words->workflow, "only runs of this workflow");
  parser->add_option("--state", words->state, "only runs in this state");
  parser->add_option("--parent", words->parent, "only runs that a step of this run started");
  parser->callback([&commands, words] {
    commands.chosen = [&commands, words] { return show_status_of(commands, *words); };
  });
}

Exit show_history(const Commands& commands, const std::string& run, bool output) {
  return commands.show_list(run_path(run) + "/history", kMostEvents, [&](const Value& items) {
    std::string out;
    for (const Value& event : items.get_array())
      out += lines_of(draw_event(event, output, commands.terminal.has_colour()));
    return out;
  });
}

Exit show_logs(const Commands& commands, const std::string& run, bool follow) {
  if (!follow) return show_history(commands, run, true);
  auto api = commands.connect();
  if (!api) return api.error();
  return follow_log(**api, commands.terminal, run, commands.json);
}

Exit cancel(const Commands& commands, const std::string& run) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->post(run_path(run) + "/cancel", "{}"), [&](const Value& value) {
    return "run " + printable(run) + " is " + printable(find_text(&value, "state", "cancelling")) + "\n";
  });
}

using RunCommand = Exit (*)(const Commands&, const std::string&);

void add_run_command(CLI::App& workflow, Commands& commands, const char* name, const char* help,
                     RunCommand command) {
  auto run = std::make_shared<std::string>();  // shared with the parser, which keeps a reference to it
  CLI::App* parser = workflow.add_subcommand(name, help);
  parser->add_option("RUN", *run, "the run's id")->required();
  parser->callback([&commands, run, command] {
    commands.chosen = [&commands, run, command] { return command(commands, *run); };
  });
}

}  // namespace

void add_inspect_commands(CLI::App& workflow, Commands& commands) {
  CLI::App* list = workflow.add_subcommand("list", "The current workflows");
  list->callback([&commands] { commands.chosen = [&commands] { return list_workflows(commands); }; });
  add_status_command(workflow, commands);
  add_run_command(workflow, commands, "history", "A run's events",
                  [](const Commands& all, const std::string& run) { return show_history(all, run, false); });
  add_run_command(workflow, commands, "cancel", "Cancel a run", cancel);

  auto run = std::make_shared<std::string>();  // shared with the parser, as above
  auto follow = std::make_shared<bool>(false);
  CLI::App* logs = workflow.add_subcommand("logs", "A run's events with what its steps wrote");
  logs->add_option("RUN", *run, "the run's id")->required();
  logs->add_flag("--follow", *follow, "go on until the run closes");
  logs->callback([&commands, run, follow] {
    commands.chosen = [&commands, run, follow] { return show_logs(commands, *run, *follow); };
  });
}

}  // namespace callboard::cli
