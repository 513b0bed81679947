#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "deploy/authoring/difference.hpp"
#include "deploy/authoring/excerpt.hpp"
#include "deploy/authoring/graph_drawing.hpp"
#include "deploy/authoring/graph_text.hpp"
#include "deploy/authoring/templates.hpp"
#include "deploy/cli/arguments.hpp"
#include "deploy/cli/changes.hpp"
#include "deploy/cli/commands.hpp"
#include "shared/base/file.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/compile.hpp"
#include "shared/workflow/slug.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kShownHash = 12;    // digits
constexpr std::size_t kWidestFile = 100;  // columns, where the graph goes into a file

Array problems_as_json(const std::vector<workflow::Problem>& problems) {
  Array out;
  for (const workflow::Problem& problem : problems) {
    out.push_back(Object{{"line", problem.line},
                         {"column", problem.column},
                         {"path", problem.path},
                         {"message", problem.message}});
  }
  return out;
}

Object report_of(const std::string& file, const std::vector<workflow::Problem>& problems) {
  return {{"file", file}, {"valid", problems.empty()}, {"problems", problems_as_json(problems)}};
}

/// What is wrong with one file; under --json told by the report alone.
Object validate_one(const Commands& commands, const std::string& file) {
  const auto text = read_bounded_file(file, limits::kWorkflowBytes);
  if (!text) {
    if (!commands.json) commands.terminal.error("callboard: " + printable(text.error().message));
    return report_of(file, {{1, 1, {}, text.error().message}});
  }
  const auto compiled = workflow::compile(*text);
  if (compiled && !commands.json) {
    const std::size_t steps = compiled->graph.steps.size();
    commands.terminal.line(printable(file) + ": " + std::to_string(steps) +
                           (steps == 1 ? " step, valid" : " steps, valid"));
  } else if (!compiled && !commands.json) {
    commands.terminal.error(authoring::show_problems(compiled.error(), file, *text));
  }
  return report_of(file, compiled ? std::vector<workflow::Problem>() : compiled.error());
}

Exit validate(const Commands& commands, const std::vector<std::string>& files) {
  Array reports;
  bool valid = true;
  for (const std::string& file : files) {
    Object report = validate_one(commands, file);
    valid = valid && report["valid"].as_bool();
    reports.push_back(std::move(report));
  }
  if (commands.json) commands.terminal.line(write_json(reports));
  return valid ? Exit::done : Exit::bad_usage;
}

struct GraphWords {
  std::string what;
  std::string format = "terminal";
};

Exit show_graph(const Commands& commands, const GraphWords& words) {
  const auto text = read_version(commands, words.what);
  if (!text) return text.error();
  const auto compiled = workflow::compile(*text);
  if (!compiled) {
    commands.terminal.error(authoring::show_problems(compiled.error(), words.what, *text));
    return Exit::bad_usage;
  }
  const run::Graph& graph = compiled->graph;
  const Terminal& terminal = commands.terminal;
  if (commands.json) {
    terminal.line(write_json(authoring::to_value(graph)));
  } else if (words.format == "mermaid") {
    terminal.print(authoring::to_mermaid(graph));
  } else if (words.format == "dot") {
    terminal.print(authoring::to_dot(graph));
  } else {
    terminal.print(authoring::draw_graph(graph, terminal.is_live() ? terminal.columns() : kWidestFile));
  }
  return Exit::done;
}

struct DiffWords {
  std::string before;
  std::string after;
};

Value as_json(const authoring::Comparison& comparison) {
  Array changes;
  for (const authoring::Change& change : comparison.changes) {
    const std::string_view kind = to_string(change.kind);
    Object out{{"kind", boost::json::string_view(kind.data(), kind.size())}, {"path", change.path}};
    if (change.before) out["before"] = *change.before;
    if (change.after) out["after"] = *change.after;
    if (!change.meaning.empty()) out["meaning"] = change.meaning;
    changes.push_back(std::move(out));
  }
  return Object{{"old", comparison.old_hash}, {"new", comparison.new_hash}, {"changes", std::move(changes)}};
}

std::string lines_of(const authoring::Comparison& comparison, bool colour) {
  std::string out =
      comparison.old_hash.substr(0, kShownHash) + " → " + comparison.new_hash.substr(0, kShownHash) + "\n";
  out += draw_changes(comparison.changes, colour);
  if (comparison.changes.empty()) return out + "nothing differs\n";
  return out +
         "Runs under way go on with the version that they began with. Which of them could be moved:\n"
         "  callboard log replay --workflow NAME --definition NEW\n";
}

Exit show_difference(const Commands& commands, const DiffWords& words) {
  const auto before = read_version(commands, words.before);
  if (!before) return before.error();
  const auto after = read_version(commands, words.after);
  if (!after) return after.error();
  const auto comparison = authoring::compare_versions(*before, *after);
  if (!comparison) {
    const bool is_old = comparison.error().is_old;
    commands.terminal.error(authoring::show_problems(
        comparison.error().problems, is_old ? words.before : words.after, is_old ? *before : *after));
    return Exit::bad_usage;
  }
  if (commands.json)
    commands.terminal.line(write_json(as_json(*comparison)));
  else
    commands.terminal.print(lines_of(*comparison, commands.terminal.has_colour()));
  return Exit::done;
}

struct InitWords {
  std::string name;  // empty: the template's
  std::string point = "hello";
  std::string out;  // a file; empty: the slug's
};

std::string list_points() {
  std::string out;
  for (const authoring::StartingPoint& point : authoring::starting_points())
    out += "\n  " + std::string(point.name) +
           std::string(10 - std::min<std::size_t>(point.name.size(), 9), ' ') + std::string(point.summary);
  return out;
}

/// With its own name instead of the template's, quoted as JSON, which YAML reads.
std::string named(std::string_view text, const std::string& name) {
  constexpr std::string_view kField = "\nname: ";
  const std::size_t at = text.find(kField) + kField.size();
  std::string out(text.substr(0, at));
  append_json_string(out, name);
  return out + std::string(text.substr(text.find('\n', at)));
}

/// False, with errno, if it is there already or can't be written.
bool write_new_file(const std::string& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "wxe");
  if (file == nullptr) return false;
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && is_written;
}

/// As a shell reads it: quoted where it holds more than plain characters.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

/// A value for an input that must be given.
std::string sample_of(const workflow::Input& input) {
  if (input.values.empty()) return input.type == "boolean" ? "true" : "1";
  const Value& first = input.values.front();
  return first.is_string() ? std::string(first.get_string()) : write_json(first);
}

/// The command that tries the file, with the inputs without which no run starts.
std::string test_command(const workflow::Compiled& compiled, const std::string& path) {
  std::string out = "callboard workflow test " + shell_word(path);
  for (const workflow::Input& input : compiled.inputs) {
    if (input.required && !input.fallback)
      out += " --input " + shell_word(input.name + "=" + sample_of(input));
  }
  return out;
}

Exit init(const Commands& commands, const InitWords& words) {
  const auto points = authoring::starting_points();
  const auto point = std::ranges::find(points, words.point, &authoring::StartingPoint::name);
  if (point == points.end()) {
    commands.terminal.error("callboard: there is no template '" + printable(words.point) +
                            "', expected one of:" + list_points());
    return Exit::bad_usage;
  }
  const std::string text = words.name.empty() ? std::string(point->text) : named(point->text, words.name);
  const auto compiled = workflow::compile(text);
  if (!compiled) {
    commands.terminal.error("callboard: NAME: " + printable(compiled.error().front().message));
    return Exit::bad_usage;
  }
  const std::string path = words.out.empty() ? compiled->graph.slug + ".yaml" : words.out;
  if (!write_new_file(path, text)) {
    const int reason = errno;
    commands.terminal.error(
        "callboard: " + printable(path) + ": " +
        (reason == EEXIST ? "is there already" : std::generic_category().message(reason)));
    return Exit::bad_usage;
  }
  if (commands.json) {
    commands.terminal.line(write_json(Object{{"file", path}, {"workflow", compiled->graph.slug}}));
  } else {
    commands.terminal.line("Wrote " + printable(path) +
                           ". Next: " + printable(test_command(*compiled, path)));
  }
  return Exit::done;
}

void add_graph(CLI::App& workflow, Commands& commands) {
  auto words =
      std::make_shared<GraphWords>();  // shared with the parser, which keeps references to its members
  CLI::App* graph = workflow.add_subcommand("graph", "Draw the steps of a workflow and what they wait for");
  graph->add_option("FILE|NAME", words->what, "a file, or NAME or NAME@HASH of the dispatcher")->required();
  graph->add_option("--format", words->format, "terminal, mermaid or dot")
      ->check(CLI::IsMember({"terminal", "mermaid", "dot"}));
  graph->callback(
      [&commands, words] { commands.chosen = [&commands, words] { return show_graph(commands, *words); }; });
}

void add_diff(CLI::App& workflow, Commands& commands) {
  auto words = std::make_shared<DiffWords>();  // as above
  CLI::App* diff = workflow.add_subcommand("diff", "Say what differs between two versions of a workflow");
  diff->add_option("OLD", words->before, "a file, or NAME or NAME@HASH of the dispatcher")->required();
  diff->add_option("NEW", words->after, "the same")->required();
  diff->callback([&commands, words] {
    commands.chosen = [&commands, words] { return show_difference(commands, *words); };
  });
}

void add_init(CLI::App& workflow, Commands& commands) {
  auto words = std::make_shared<InitWords>();  // as above
  CLI::App* init_command = workflow.add_subcommand("init", "Write a workflow file to begin with");
  init_command->add_option("NAME", words->name, "the workflow's name; the template's if not given");
  init_command->add_option("--template", words->point, "hello if not given; one of:" + list_points());
  init_command->add_option("--out", words->out, "the file to write; NAME.yaml if not given");
  init_command->callback(
      [&commands, words] { commands.chosen = [&commands, words] { return init(commands, *words); }; });
}

}  // namespace

void add_authoring_commands(CLI::App& workflow, Commands& commands) {
  auto files = std::make_shared<std::vector<std::string>>();  // as above
  CLI::App* check = workflow.add_subcommand("validate", "Check workflow files; needs no dispatcher");
  check->add_option("FILE", *files)->required();
  check->callback(
      [&commands, files] { commands.chosen = [&commands, files] { return validate(commands, *files); }; });
  add_graph(workflow, commands);
  add_diff(workflow, commands);
  add_init(workflow, commands);
}

}  // namespace callboard::cli
