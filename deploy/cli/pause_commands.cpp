#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/pauses.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kMostPauses = 10'000;

/// Which runs, and why.
struct ScopeWords {
  std::string scope;
  std::string name;
  std::string reason;
};

Exit pause_scope(const Commands& commands, const ScopeWords& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  Object body{{"scope", words.scope}};
  if (!words.name.empty()) body["name"] = words.name;
  if (!words.reason.empty()) body["reason"] = words.reason;
  return commands.show_answer((*api)->post("/api/pauses", write_json(Value(std::move(body)))),
                              [](const Value& stands) { return describe_pause(stands) + "\n"; });
}

Exit resume_scope(const Commands& commands, const ScopeWords& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  Object body{{"scope", words.scope}};
  if (!words.name.empty()) body["name"] = words.name;
  return commands.show_answer(
      (*api)->post("/api/pauses/resume", write_json(Value(std::move(body)))), [](const Value& lifted) {
        const Value* was = find(&lifted, "wasPaused");
        const bool was_paused = was != nullptr && was->is_bool() && was->get_bool();
        return describe_scope(lifted) + (was_paused ? " goes on\n" : " was not paused\n");
      });
}

Exit list_pauses(const Commands& commands) {
  return commands.show_list("/api/pauses", kMostPauses, [](const Value& items) {
    std::string out;
    for (const Value& item : items.get_array()) out += describe_pause(item) + "\n";
    return out.empty() ? std::string("nothing is paused\n") : out;
  });
}

using ScopeCommand = Exit (*)(const Commands&, const ScopeWords&);

/// `NAME workflow NAME | source NAME | all`.
CLI::App* add_scopes(CLI::App& app, Commands& commands, const std::shared_ptr<ScopeWords>& words,
                     const char* name, const char* help, ScopeCommand command) {
  CLI::App* group = app.add_subcommand(name, help);
  group->require_subcommand(1);
  const auto add = [&](const char* scope, const char* what, const char* of_name) {
    CLI::App* parser = group->add_subcommand(scope, what);
    if (of_name != nullptr) parser->add_option("NAME", words->name, of_name)->required();
    parser->callback([&commands, words, scope, command] {
      words->scope = scope;
      commands.chosen = [&commands, words, command] { return command(commands, *words); };
    });
  };
  add("workflow", "Every run of a workflow", "the workflow's slug");
  add("source", "Every run that a source started", "github, linear, schedule, or api");
  add("all", "Every run", nullptr);
  return group;
}

}  // namespace

void add_pause_commands(CLI::App& app, Commands& commands) {
  auto words =
      std::make_shared<ScopeWords>();  // shared with the parser, which keeps references to its members
  CLI::App* group =
      add_scopes(app, commands, words, "pause",
                 "Let nothing begin of the runs of a workflow, of a source, or of all", pause_scope);
  for (CLI::App* scope : group->get_subcommands(nullptr))
    scope->add_option("--reason", words->reason, "why, for those who ask what a run waits for");
  add_scopes(app, commands, words, "resume", "Let them go on", resume_scope);
  app.add_subcommand("pauses", "What is paused, since when and why")->callback([&commands] {
    commands.chosen = [&commands] { return list_pauses(commands); };
  });
}

}  // namespace callboard::cli
