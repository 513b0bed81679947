#include <CLI/CLI.hpp>

#include "deploy/cli/arguments.hpp"
#include "deploy/cli/bulk.hpp"
#include "deploy/cli/changes.hpp"
#include "deploy/cli/commands.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kShownDigits = 12;  // of a hash

/// What `workflow migrate` and `log replay` are given on the command line.
struct MigrationWords {
  std::string run;
  std::string definition;
  std::string workflow;
  std::int64_t position = -1;
  bool dry_run = false;
};

std::string shown_version(const Value& report, std::string_view name) {
  const Value* pinned = find(&report, name);
  return printable(find_text(pinned, "version")) + " (" +
         printable(find_text(pinned, "hash")).substr(0, kShownDigits) + ")";
}

bool is_safe(const Value& report) {
  const Value* safe = find(&report, "safe");
  return safe != nullptr && safe->is_bool() && safe->get_bool();
}

bool is_whole_step(const authoring::Change& change) {
  constexpr std::string_view kSteps = "steps.";
  return change.path.starts_with(kSteps) && !change.path.substr(kSteps.size()).contains('.');
}

/// What differs between the definitions themselves, but for steps that only one of them has: those the report
/// names. `to` is the text of the other one, or its hash, or empty. Nothing where that can't be read.
std::vector<authoring::Change> find_changes(const Commands& commands, ApiClient& api, const Value& report,
                                            const std::string& to) {
  const std::string from_hash(find_text(find(&report, "from"), "hash"));
  const std::string to_hash(find_text(find(&report, "to"), "hash"));
  if (from_hash == to_hash) return {};
  const auto answer = api.get(run_path(std::string(find_text(&report, "id"))) + "?steps=false");
  const auto head = answer ? read_json(answer->body) : Result<Value>(Value());
  if (!head) return {};
  const std::string name(find_text(&*head, "workflow"));
  const auto before = read_version(commands, name + "@" + from_hash);
  const bool is_text = !to.empty() && to != to_hash;
  const auto after = is_text ? to : read_version(commands, name + "@" + to_hash);
  if (!before || !after) return {};
  auto comparison = authoring::compare_versions(*before, *after);
  if (!comparison) return {};
  std::erase_if(comparison->changes, is_whole_step);
  return std::move(comparison->changes);
}

std::string draw_report(const Value& report, const std::vector<authoring::Change>& changes, bool is_moved,
                        bool colour) {
  std::string out = "run " + printable(find_text(&report, "id")) + ": " + shown_version(report, "from") +
                    " -> " + shown_version(report, "to") + "\n";
  const Value* differences = find(&report, "differences");
  const bool has_some =
      differences != nullptr && differences->is_array() && !differences->get_array().empty();
  const bool is_same = find_text(find(&report, "from"), "hash") == find_text(find(&report, "to"), "hash");
  if (!has_some && changes.empty())
    out += is_same ? "  no difference\n" : "  no difference that its history knows of\n";
  for (const Value& difference : has_some ? differences->get_array() : Array()) {
    const std::string step = printable(find_text(&difference, "step", "history"));
    const Value* forbids = find(&difference, "forbids");
    out += "  " + step + ": " + printable(find_text(&difference, "detail"));
    out += forbids != nullptr && forbids->is_bool() && forbids->get_bool() ? " (forbids)\n" : "\n";
  }
  out += draw_changes(changes, colour, "  ");
  if (is_moved) return out + "it is moved: resume it with `callboard workflow resume`\n";
  return out + (is_safe(report) ? "its history allows the other definition\n"
                                : "its history forbids the other definition\n");
}

/// The report of one run; a check that finds something forbidding has failed.
Exit show_report(const Commands& commands, ApiClient& api, const std::string& run, Object body) {
  const bool is_dry = body.contains("dryRun");
  const Value* const given = body.if_contains("to");
  const std::string to(given == nullptr ? std::string_view() : std::string_view(given->get_string()));
  bool forbidden = false;
  const Exit shown =
      commands.show_answer(api.post(run_path(run) + "/migrate", write_json(body)), [&](const Value& report) {
        forbidden = !is_safe(report);
        return draw_report(report, find_changes(commands, api, report, to), !is_dry,
                           commands.terminal.has_colour());
      });
  return shown == Exit::done && forbidden ? Exit::failed : shown;
}

Exit migrate(const Commands& commands, const MigrationWords& words) {
  const auto to = read_definition(commands, words.definition);
  if (!to) return to.error();
  auto api = commands.connect();
  if (!api) return api.error();
  Object body;
  if (!to->empty()) body["to"] = *to;
  if (words.dry_run) body["dryRun"] = true;
  return show_report(commands, **api, words.run, std::move(body));
}

/// The hash of the definition that the run has now.
std::expected<std::string, Exit> find_own(const Commands& commands, ApiClient& api, const std::string& run) {
  const auto answer = api.get(run_path(run));
  if (!answer) return std::unexpected(explain_error(commands.terminal, answer.error()));
  if (exit_of(answer->status) != Exit::done)
    return std::unexpected(explain_answer(commands.terminal, *answer));
  const auto shown = read_json(answer->body, 2 * limits::kJsonDepth);
  return shown ? std::string(find_text(&*shown, "hash")) : std::string();
}

Exit replay_workflow(const Commands& commands, const MigrationWords& words, std::string definition) {
  const auto refused = run_bulk(commands, {.action = "migrate",
                                           .workflow = words.workflow,
                                           .state = {},
                                           .since = {},
                                           .until = {},
                                           .to = std::move(definition),
                                           .dry_run = true});
  if (!refused) return refused.error();
  return *refused == 0 ? Exit::done : Exit::failed;
}

Exit replay(const Commands& commands, const MigrationWords& words) {
  if (words.run.empty() == words.workflow.empty()) {
    commands.terminal.error("callboard: say which run, or --workflow with a definition");
    return Exit::bad_usage;
  }
  auto definition = read_definition(commands, words.definition);
  if (!definition) return definition.error();
  if (!words.workflow.empty()) return replay_workflow(commands, words, std::move(*definition));
  auto api = commands.connect();
  if (!api) return api.error();
  if (definition->empty()) definition = find_own(commands, **api, words.run);
  if (!definition) return definition.error();
  Object body{{"to", *definition}, {"dryRun", true}};
  if (words.position >= 0) body["at"] = words.position;
  return show_report(commands, **api, words.run, std::move(body));
}

}  // namespace

void add_migrate_command(CLI::App& workflow, Commands& commands) {
  auto words =
      std::make_shared<MigrationWords>();  // shared with the parser, which keeps references to its members
  CLI::App* parser = workflow.add_subcommand("migrate", "Move a paused run to another definition");
  parser->add_option("RUN", words->run, "the run's id")->required();
  parser->add_option("--to", words->definition,
                     "a workflow file, or the hash of a definition; the workflow's current one if not given");
  parser->add_flag("--dry-run", words->dry_run, "only say what would differ, and whether it is allowed");
  parser->callback(
      [&commands, words] { commands.chosen = [&commands, words] { return migrate(commands, *words); }; });
}

void add_replay_command(CLI::App& log, Commands& commands) {
  auto words = std::make_shared<MigrationWords>();  // as above
  CLI::App* parser =
      log.add_subcommand("replay", "Fold a run's history anew, by its own definition or by another one");
  parser->add_option("RUN", words->run, "the run's id");
  parser->add_option("--definition", words->definition, "a workflow file, or the hash of a definition");
  parser->add_option("--at", words->position, "only the history up to this position")
      ->check(CLI::NonNegativeNumber);
  parser->add_option("--workflow", words->workflow,
                     "every run of this workflow: a test of a definition (its current one if none is given) "
                     "before it is deployed");
  parser->callback(
      [&commands, words] { commands.chosen = [&commands, words] { return replay(commands, *words); }; });
}

}  // namespace callboard::cli
