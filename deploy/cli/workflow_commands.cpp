#include <CLI/CLI.hpp>

#include "deploy/cli/arguments.hpp"
#include "deploy/cli/commands.hpp"
#include "deploy/cli/watch.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

struct Execution {
  std::string what;                 // a file or a name
  std::vector<std::string> inputs;  // k=v
  bool wait = false;
};

std::expected<Result<Answer>, Exit> start_file(const Commands& commands, ApiClient& api,
                                               const std::string& path, Object inputs) {
  const auto text = read_workflow(commands, path);
  if (!text) return std::unexpected(text.error());
  Object body{{"inputs", std::move(inputs)}};
  const auto json = read_json(*text);
  body["workflow"] = json && json->is_object() ? *json : Value(*text);
  return api.post("/api/workflows?current=false", write_json(body));
}

Exit execute(const Commands& commands, const Execution& wanted) {
  auto inputs = read_inputs(commands, wanted.inputs);
  if (!inputs) return inputs.error();
  auto api = commands.connect();
  if (!api) return api.error();
  Result<Answer> answer;
  if (is_workflow_file(wanted.what)) {
    auto started = start_file(commands, **api, wanted.what, std::move(*inputs));
    if (!started) return started.error();
    answer = std::move(*started);
  } else {
    answer = (*api)->post("/api/workflows/" + percent_encoded(wanted.what) + "/runs",
                          write_json(Object{{"inputs", std::move(*inputs)}}));
  }
  if (!wanted.wait || !answer || exit_of(answer->status) != Exit::done) {
    return commands.show_answer(answer, [](const Value& run) {
      return "run " + printable(find_text(&run, "id")) + " of " + printable(find_text(&run, "workflow")) +
             " is " + printable(find_text(&run, "state")) + "\n";
    });
  }
  const auto run = read_json(answer->body, 2 * limits::kJsonDepth);
  return watch_run(**api, commands.terminal, run ? std::string(find_text(&*run, "id")) : "", commands.json);
}

struct Forking {
  std::string run;
  ForkArguments fork;
  bool dry_run = false;
};

std::string lines_of_plan(const Value& plan) {
  std::string out;
  for (const char* const name : {"keeps", "runs"}) {
    out += std::string(name) + ":";
    const Value* steps = find(&plan, name);
    if (steps == nullptr || !steps->is_array()) continue;
    for (const Value& step : steps->get_array()) {
      out += step.is_string() ? " " + printable(std::string_view(step.get_string())) : "";
    }
    out += "\n";
  }
  return out;
}

Exit fork_run(const Commands& commands, const Forking& wanted) {
  auto body = read_fork(commands, wanted.fork);
  if (!body) return body.error();
  (*body)["dryRun"] = wanted.dry_run;
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer(
      (*api)->post(run_path(wanted.run) + "/fork", write_json(std::move(*body))), [&](const Value& answer) {
        if (wanted.dry_run) return lines_of_plan(answer);
        return "run " + printable(find_text(&answer, "id")) + " is a fork of " + printable(wanted.run) + "\n";
      });
}

}  // namespace

void add_workflow_commands(CLI::App& app, Commands& commands) {
  CLI::App* workflow = app.add_subcommand("workflow", "Workflows and their runs");
  workflow->require_subcommand(1);

  auto wanted =
      std::make_shared<Execution>();  // shared with the parser, which keeps references to its members
  CLI::App* run =
      workflow->add_subcommand("execute", "Start a run of a workflow file, or of a workflow by its name");
  run->add_option("FILE|NAME", wanted->what)->required();
  run->add_option("--input", wanted->inputs, "an input: name=value; may be given again")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  run->add_flag("--wait", wanted->wait,
                "show the run until it closes; exit status 1 if it does not complete");
  run->callback(
      [&commands, wanted] { commands.chosen = [&commands, wanted] { return execute(commands, *wanted); }; });

  auto forking = std::make_shared<Forking>();  // as above
  CLI::App* fork =
      workflow->add_subcommand("fork", "Start a run that keeps the results of another one before a step");
  fork->add_option("RUN", forking->run, "the run's id")->required();
  add_fork_options(*fork, forking->fork);
  fork->get_option("--from")->required();
  fork->add_flag("--dry-run", forking->dry_run, "only say which steps it would keep and which it would run");
  fork->callback([&commands, forking] {
    commands.chosen = [&commands, forking] { return fork_run(commands, *forking); };
  });

  add_authoring_commands(*workflow, commands);
  add_rehearsal_command(*workflow, commands);
  add_inspect_commands(*workflow, commands);
  add_control_commands(*workflow, commands);
  add_bulk_command(*workflow, commands);
  add_migrate_command(*workflow, commands);
  add_schedule_commands(*workflow, commands);
}

}  // namespace callboard::cli
