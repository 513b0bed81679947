#include "deploy/cli/cli_app.hpp"

#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/embedded/state.hpp"
#include "shared/base/file.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kPageItems = 500;
constexpr const char* kUsualUrl = "http://127.0.0.1:8080";

Exit check_config(const Commands& commands) {
  const auto settings = config::resolve_settings(commands.flags.inputs());
  if (!commands.json) {
    if (!settings) {
      commands.terminal.error(config::format_problems(settings.error()));
      return Exit::bad_usage;
    }
    commands.terminal.print(config::format_settings(*settings));
    return Exit::done;
  }
  Array list;
  Array problems;
  if (settings) {
    for (const config::Effective& each : settings->all()) {
      Object entry{{"name", each.setting->variable}, {"from", each.place}, {"value", nullptr}};
      if (each.value) entry["value"] = config::masked_value(*each.setting, *each.value);
      list.push_back(std::move(entry));
    }
  } else {
    for (const config::Problem& problem : settings.error()) {
      problems.push_back(Object{{"place", problem.place}, {"message", problem.message}});
    }
  }
  commands.terminal.line(
      write_json(Object{{"settings", std::move(list)}, {"problems", std::move(problems)}}));
  return settings ? Exit::done : Exit::bad_usage;
}

void add_config_commands(CLI::App& app, Commands& commands) {
  CLI::App* config = app.add_subcommand("config", "The settings");
  config->require_subcommand(1);
  CLI::App* check =
      config->add_subcommand("check", "Print the settings in effect, or what is wrong with them");
  check->callback([&commands] { commands.chosen = [&commands] { return check_config(commands); }; });
}

/// A word that stands where a command is expected and is none. CLI11 says only that a command is missing.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* parent = &app;
  while (!parent->get_subcommands().empty()) parent = parent->get_subcommands().front();
  for (const std::string& word : app.remaining(true)) {
    if (word.starts_with('-')) continue;
    std::vector<std::string> names;
    for (const CLI::App* command : parent->get_subcommands(nullptr)) names.push_back(command->get_name());
    const std::vector<std::string_view> known(names.begin(), names.end());
    return "callboard: there is no command '" + printable(word) + "'" + did_you_mean(word, known);
  }
  return "";
}

}  // namespace

std::expected<config::Settings, Exit> Commands::settings() const {
  auto settings = config::resolve_settings(flags.inputs());
  if (settings) return std::move(*settings);
  terminal.error(config::format_problems(settings.error()));
  return std::unexpected(Exit::bad_usage);
}

std::expected<std::unique_ptr<ApiClient>, Exit> Commands::connect() const {
  const auto settings = this->settings();
  if (!settings) return std::unexpected(settings.error());
  std::string url = settings->text("CALLBOARD_URL");
  if (url.empty()) {
    const auto running = embedded::find_running(settings->text("CALLBOARD_DATA"));
    url = running && !running->url.empty() ? running->url : kUsualUrl;
  }
  return std::make_unique<ApiClient>(std::move(url));
}

Exit Commands::show_answer(const Result<Answer>& answer, const Show& show) const {
  if (!answer) return explain_error(terminal, answer.error());
  if (exit_of(answer->status) != Exit::done) return explain_answer(terminal, *answer);
  if (json) {
    terminal.line(answer->body);
    return Exit::done;
  }
  const auto value = read_json(answer->body, 2 * limits::kJsonDepth);
  if (!value) return explain_error(terminal, {ErrorCode::internal, "the dispatcher's answer is not JSON"});
  terminal.print(show(*value));
  return Exit::done;
}

Exit Commands::show_list(const std::string& path, std::size_t most, const Show& show) const {
  auto api = connect();
  if (!api) return api.error();
  Array items;
  std::string cursor;
  std::size_t limit = std::min<std::size_t>(most, kPageItems);
  while (true) {
    const std::string query = std::string(path.find('?') == std::string::npos ? "?" : "&") +
                              "limit=" + std::to_string(limit) +
                              (cursor.empty() ? "" : "&cursor=" + percent_encoded(cursor));
    const auto answer = (*api)->get(path + query);
    if (!answer && answer.error().code == ErrorCode::too_large && limit > 1) {
      limit = (limit + 3) / 4;
      continue;
    }
    if (!answer) return explain_error(terminal, answer.error());
    if (exit_of(answer->status) != Exit::done) return explain_answer(terminal, *answer);
    auto page = read_json(answer->body, 2 * limits::kJsonDepth);
    const Value* list = page ? find(&*page, "items") : nullptr;
    if (list == nullptr || !list->is_array()) {
      return explain_error(terminal, {ErrorCode::internal, "the dispatcher's answer is no list"});
    }
    for (const Value& item : list->get_array()) items.push_back(item);
    cursor = find_text(&*page, "next");
    if (cursor.empty() || items.size() >= most) break;
  }
  const Value all = std::move(items);
  terminal.print(json ? write_json(all) + "\n" : show(all));
  return Exit::done;
}

std::expected<std::string, Exit> Commands::find_database() const {
  const auto settings = this->settings();
  if (!settings) return std::unexpected(settings.error());
  const std::string url = settings->text("CALLBOARD_DATABASE_URL");
  if (!url.empty()) return url;
  const std::string data = settings->text("CALLBOARD_DATA");
  const auto running = embedded::find_running(data);
  if (running && !running->database_url.empty()) return running->database_url;
  terminal.error(
      "callboard: no database: no stack runs in " + printable(data) +
      " (`callboard up` starts one), and neither CALLBOARD_DATABASE_URL nor --database-url is set");
  return std::unexpected(Exit::unreachable);
}

Time wall_now() { return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()); }

std::string run_path(const std::string& run) { return "/api/runs/" + percent_encoded(run); }

std::expected<std::string, Exit> read_argument_file(const Terminal& terminal, const std::string& path,
                                                    std::size_t most) {
  auto text = read_bounded_file(path, most);
  if (text && text->size() <= most) return std::move(*text);
  terminal.error("callboard: " + printable(text ? path + " is larger than " + std::to_string(most) + " bytes"
                                                : text.error().message));
  return std::unexpected(Exit::bad_usage);
}

int run_cli(int argc, char** argv, const char* version) {
  CLI::App app{"Callboard turns what happens around a codebase into workflow runs."};
  app.set_version_flag("--version", std::string("callboard ") + version);
  app.require_subcommand(1);
  app.fallthrough();
  Commands commands;
  commands.arguments.assign(argv + 1, argv + argc);
  app.add_flag("--json", commands.json, "print JSON, for programs");
  config::add_setting_flags(app, config::Program::cli, commands.flags);
  add_stack_commands(app, commands);
  add_workflow_commands(app, commands);
  add_expression_commands(app, commands);
  add_pause_commands(app, commands);
  add_dead_letter_commands(app, commands);
  add_event_commands(app, commands);
  add_log_commands(app, commands);
  add_config_commands(app, commands);
  add_absent_commands(app, commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& end) {
    const std::string unknown = unknown_command(app);
    if (unknown.empty())
      app.exit(end);
    else
      commands.terminal.error(unknown);
    return static_cast<int>(Exit::bad_usage);
  } catch (const CLI::ParseError& end) {
    return app.exit(end) == 0 ? 0 : static_cast<int>(Exit::bad_usage);
  }
  return static_cast<int>(commands.chosen());
}

}  // namespace callboard::cli
