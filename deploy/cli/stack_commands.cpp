#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/interrupts.hpp"
#include "deploy/cli/pauses.hpp"
#include "deploy/embedded/postgres_server.hpp"
#include "deploy/embedded/programs.hpp"
#include "deploy/embedded/stack.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

using namespace std::chrono_literals;

constexpr Micros kStopsWithin = 70s;
constexpr Micros kPoll = 50ms;

struct Up {
  std::uint32_t workers = 1;
  bool detach = false;
};

embedded::StackOptions stack_options(const Commands& commands, const config::Settings& settings,
                                     std::uint32_t workers) {
  embedded::StackOptions options;
  options.data = settings.text("CALLBOARD_DATA");
  options.workers = workers;
  options.config_file = settings.config_file();
  for (const config::Effective& each : settings.all()) {
    if (each.value && each.place != "default") options.settings.emplace(each.setting->variable, *each.value);
  }
  options.report = [&commands](std::string_view what) { commands.terminal.error("  " + printable(what)); };
  return options;
}

std::string describe(const embedded::StackState& state, const std::filesystem::path& data) {
  std::size_t workers = 0;
  for (const auto& process : state.processes) workers += process.name.starts_with("worker-") ? 1 : 0;
  std::string text = "Callboard is up (process " + std::to_string(state.supervisor.pid) + ").\n\n";
  text += "  dashboard   " + state.url + "/\n";
  text += "  API         " + state.url + "/api/runs, described at " + state.url + "/docs\n";
  text += "  webhooks    " + state.url + "/webhooks/github and /webhooks/linear\n";
  text += "  metrics     " + state.url + "/metrics\n";
  text += "  workers     " + std::to_string(workers) + "\n";
  text += "  data        " + data.string() + "\n";
  text += "  logs        " + (data / "logs").string() + "\n";
  text +=
      "  secrets     " + (data / "github-webhook-secret").string() + ", linear-webhook-secret, unless set\n";
  return text;
}

std::string describe_json(const embedded::StackState& state, const std::filesystem::path& data,
                          const Array& pauses) {
  Array processes;
  for (const auto& process : state.processes) {
    processes.push_back(Object{{"name", process.name}, {"pid", process.mark.pid}});
  }
  return write_json(Object{{"ready", state.ready},
                           {"pid", state.supervisor.pid},
                           {"url", state.url},
                           {"data", data.string()},
                           {"pauses", pauses},
                           {"processes", std::move(processes)}});
}

/// What the dispatcher says is paused; nothing if it does not answer.
Array find_pauses(const std::string& url) {
  const auto answer = ApiClient(url).get("/health");
  const auto health = answer ? read_json(answer->body) : Result<Value>(fail(ErrorCode::unavailable, ""));
  const Value* pauses = health ? find(&*health, "pauses") : nullptr;
  return pauses != nullptr && pauses->is_array() ? pauses->get_array() : Array();
}

void show_state(const Commands& commands, const embedded::StackState& state,
                const std::filesystem::path& data) {
  const Array pauses = state.ready ? find_pauses(state.url) : Array();
  if (commands.json) return commands.terminal.line(describe_json(state, data, pauses));
  commands.terminal.print(describe(state, data));
  for (const Value& pause : pauses) commands.terminal.line("  paused      " + describe_pause(pause));
}

Exit up_here(const Commands& commands, const config::Settings& settings, std::uint32_t workers) {
  Interrupts interrupts;
  auto options = stack_options(commands, settings, workers);
  options.is_interrupted = [&interrupts] { return interrupts.has_come(); };
  auto stack = embedded::Stack::start(std::move(options));
  if (!stack) return explain_error(commands.terminal, stack.error());
  show_state(commands, (*stack)->state(), (*stack)->folder().root);
  if (!commands.json)
    commands.terminal.line("\nCtrl-C stops everything. Try: callboard workflow execute FILE --wait");
  while (!interrupts.wait(1h)) {
  }
  const std::string_view behind_echo = commands.terminal.is_live() ? "\n" : "";  // of Ctrl-C
  commands.terminal.error(std::string(behind_echo) +
                          "Stopping. Ctrl-C again does not wait for steps under way.");
  Interrupts again;
  (*stack)->stop([&again] { return again.has_come(); });
  commands.terminal.error("Stopped.");
  return Exit::done;
}

/// The same command without --detach, in a session of its own, once it says that it is ready.
Exit up_detached(const Commands& commands, const config::Settings& settings) {
  const auto folder = embedded::open_data_folder(settings.text("CALLBOARD_DATA"));
  if (!folder) return explain_error(commands.terminal, folder.error());
  if (const auto running = embedded::find_running(folder->root)) {
    return explain_error(
        commands.terminal,
        {ErrorCode::conflict, "a stack runs in " + folder->root.string() + " already (process " +
                                  std::to_string(running->supervisor.pid) + ")"});
  }
  embedded::ProcessSpec spec{.name = "callboard up",
                             .command = {std::filesystem::read_symlink("/proc/self/exe").string()},
                             .environment = {},
                             .log = folder->log_of("up"),
                             .orphan_signal = 0};
  for (const std::string& argument : commands.arguments) {
    if (argument != "--detach") spec.command.push_back(argument);
  }
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      spec.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  auto process = embedded::Process::start(spec);
  if (!process) return explain_error(commands.terminal, process.error());
  while (true) {
    const auto state = embedded::find_running(folder->root);
    if (state && state->ready) {
      show_state(commands, *state, folder->root);
      process->let_go();
      return Exit::done;
    }
    if (process->wait_end(kPoll)) {
      commands.terminal.error(embedded::last_lines(spec.log, 20));
      return Exit::failed;
    }
  }
}

Exit down(const Commands& commands) {
  const auto settings = commands.settings();
  if (!settings) return settings.error();
  const std::filesystem::path data = settings->text("CALLBOARD_DATA");
  const auto state = embedded::find_state(data);
  if (!state) {
    commands.terminal.error("callboard: no stack runs in " + data.string());
    return Exit::unreachable;
  }
  if (!commands.json)
    commands.terminal.error("stopping; steps under way have " + format_duration(embedded::kStepsGrace) +
                            " to end");
  bool gone = embedded::end_process(state->supervisor, SIGTERM, kStopsWithin);
  // After a kill -9 of the stack itself, what it started may still be there.
  for (const auto& process : state->processes) {
    gone = embedded::end_process(process.mark, process.name == "postgres" ? SIGINT : SIGTERM, 10s) && gone;
  }
  embedded::remove_run_folder(state->run_folder);
  std::error_code ignored;
  std::filesystem::remove(embedded::DataFolder{data}.state(), ignored);
  if (!gone)
    return explain_error(commands.terminal,
                         {ErrorCode::internal, "some of its processes could not be ended"});
  if (commands.json) {
    commands.terminal.line(R"({"stopped":true})");
  } else {
    commands.terminal.line("stopped");
  }
  return Exit::done;
}

Exit status(const Commands& commands) {
  const auto settings = commands.settings();
  if (!settings) return settings.error();
  const std::filesystem::path data = settings->text("CALLBOARD_DATA");
  const auto state = embedded::find_running(data);
  if (!state) {
    commands.terminal.error("callboard: no stack runs in " + data.string() + " (`callboard up` starts one)");
    return Exit::unreachable;
  }
  std::error_code ignored;
  show_state(commands, *state, std::filesystem::absolute(data, ignored).lexically_normal());
  const auto listen = config::parse_address(state->url.substr(state->url.find("//") + 2));
  if (state->ready && listen && embedded::is_dispatcher_ready(*listen)) return Exit::done;
  commands.terminal.error("callboard: the dispatcher is not ready");
  return Exit::failed;
}

}  // namespace

void add_stack_commands(CLI::App& app, Commands& commands) {
  auto wanted = std::make_shared<Up>();  // shared with the parser, which keeps references to its members
  CLI::App* up =
      app.add_subcommand("up", "Start everything on this machine: database, bus, dispatcher, workers");
  up->add_option("--workers", wanted->workers, "how many worker processes")->check(CLI::Range(1, 256));
  up->add_flag("--detach", wanted->detach, "leave it running in the background; `callboard down` stops it");
  up->callback([&commands, wanted] {
    commands.chosen = [&commands, wanted]() -> Exit {
      const auto settings = commands.settings();
      if (!settings) return settings.error();
      return wanted->detach ? up_detached(commands, *settings)
                            : up_here(commands, *settings, wanted->workers);
    };
  });
  app.add_subcommand("down", "Stop what `up` started")->callback([&commands] {
    commands.chosen = [&commands] { return down(commands); };
  });
  app.add_subcommand("status", "Where the stack is, whether it is ready, and what is paused")
      ->callback([&commands] { commands.chosen = [&commands] { return status(commands); }; });
}

}  // namespace callboard::cli
