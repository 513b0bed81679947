#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "deploy/cli/answers.hpp"
#include "deploy/cli/api_client.hpp"
#include "deploy/cli/exit_status.hpp"
#include "deploy/cli/terminal.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"
#include "shared/config/arguments.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace callboard::cli {

/// What the commands share. The parser fills it in; the command that was named stands in `chosen`.
class Commands {
 public:
  Terminal terminal;
  config::FlagValues flags;
  bool json = false;
  std::vector<std::string> arguments;  // as given
  std::function<Exit()> chosen;

  /// The settings in effect; what is wrong with them is told on standard error.
  std::expected<config::Settings, Exit> settings() const;
  /// To the dispatcher: CALLBOARD_URL, else the stack in the data folder, else 127.0.0.1:8080.
  std::expected<std::unique_ptr<ApiClient>, Exit> connect() const;
  /// The database of the log: CALLBOARD_DATABASE_URL, else that of the stack in the data folder. Told on
  /// standard error where there is none.
  std::expected<std::string, Exit> find_database() const;

  /// Asks, and shows the answer: with --json as it is, else what `show` makes of it.
  using Show = std::function<std::string(const Value&)>;
  Exit show_answer(const Result<Answer>& answer, const Show& show) const;
  /// Every page of a list, up to `most` items, as one.
  Exit show_list(const std::string& path, std::size_t most, const Show& show) const;
};

/// Each adds its commands to the parser.
void add_stack_commands(CLI::App& app, Commands& commands);
void add_workflow_commands(CLI::App& app, Commands& commands);
void add_authoring_commands(CLI::App& workflow, Commands& commands);
void add_rehearsal_command(CLI::App& workflow, Commands& commands);
void add_inspect_commands(CLI::App& workflow, Commands& commands);
void add_control_commands(CLI::App& workflow, Commands& commands);
void add_bulk_command(CLI::App& workflow, Commands& commands);
void add_migrate_command(CLI::App& workflow, Commands& commands);
void add_replay_command(CLI::App& log, Commands& commands);
void add_log_run_commands(CLI::App& log, Commands& commands);
void add_schedule_commands(CLI::App& workflow, Commands& commands);
void add_pause_commands(CLI::App& app, Commands& commands);
void add_dead_letter_commands(CLI::App& app, Commands& commands);
void add_event_commands(CLI::App& app, Commands& commands);
void add_expression_commands(CLI::App& app, Commands& commands);
/// The group `log`, to which other files add as well.
void add_log_commands(CLI::App& app, Commands& commands);
void add_log_archive_commands(CLI::App& group, Commands& commands);
/// Those that are named already and not there yet: they end with `bad_usage` and say so.
void add_absent_commands(CLI::App& app, Commands& commands);

/// This machine's time.
Time wall_now();

/// The address of a run.
std::string run_path(const std::string& run);

/// The text of a file of at most `most` bytes; told on standard error if it can't be read, or is longer.
std::expected<std::string, Exit> read_argument_file(const Terminal& terminal, const std::string& path,
                                                    std::size_t most = limits::kWorkflowBytes);

}  // namespace callboard::cli
