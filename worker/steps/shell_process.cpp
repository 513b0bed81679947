#include "worker/steps/shell_process.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fs::path output_file(const sandbox::StepFolder& folder) { return folder.path() / "output"; }
fs::path script_file(const sandbox::StepFolder& folder) { return folder.path() / "script"; }

bool has_zero(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// The environment of a step: nothing of the worker's own.
Result<Object> make_environment(const StepCall& call, const sandbox::StepFolder& folder) {
  Object all;
  all["PATH"] = kPath;
  all["HOME"] = folder.work().string();
  all["TMPDIR"] = folder.temporary().string();
  all["LANG"] = "C.UTF-8";
  if (const Value* given = find(&call.params, "env"); given != nullptr && given->is_object()) {
    for (const auto& [name, value] : given->get_object()) {
      const bool is_name = !name.empty() && name.find('=') == std::string_view::npos && !has_zero(name);
      if (!is_name)
        return fail(ErrorCode::invalid, "`env`: " + printable(name) + " is no name of a variable");
      std::string text = text_of(value);
      if (has_zero(text)) return fail(ErrorCode::invalid, "`env`: " + printable(name) + " holds a zero byte");
      all[name] = std::move(text);
    }
  }
  all["CALLBOARD_OUTPUT"] = output_file(folder).string();
  all["CALLBOARD_RUN_ID"] = to_string(call.run);
  all["CALLBOARD_WORKFLOW"] = call.workflow;
  all["CALLBOARD_STEP"] = call.step;
  all["CALLBOARD_ATTEMPT"] = std::to_string(call.attempt);
  return all;
}

/// Where a program without a slash stands, by the step's own PATH.
Result<std::string> find_program(const std::string& name, std::string_view path) {
  if (name.find('/') != std::string::npos) return name;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string candidate = std::string(path.substr(at, end - at)) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return fail(ErrorCode::invalid, "there is no program " + printable(name));
}

Result<std::vector<std::string>> make_arguments(const StepCall& call, const sandbox::StepFolder& folder,
                                                std::string_view path) {
  if (const Value* script = find(&call.params, "run"); script != nullptr && script->is_string()) {
    std::ofstream file(script_file(folder), std::ios::binary);
    file << std::string_view(script->get_string());
    file.close();
    if (!file)
      return fail(ErrorCode::unavailable, "the script can't be written to " + folder.path().string());
    return std::vector<std::string>{"/bin/sh", "-e", script_file(folder).string()};
  }
  const Value* list = find(&call.params, "argv");
  if (list == nullptr || !list->is_array() || list->get_array().empty()) {
    return fail(ErrorCode::invalid, "`run` or `argv` is missing");
  }
  std::vector<std::string> arguments;
  for (const Value& item : list->get_array()) {
    arguments.push_back(text_of(item));
    if (has_zero(arguments.back())) return fail(ErrorCode::invalid, "`argv` holds a zero byte");
  }
  auto program = find_program(arguments[0], path);
  if (!program) return std::unexpected(program.error());
  arguments[0] = std::move(*program);
  return arguments;
}

Result<std::string> make_work_folder(const StepCall& call, const sandbox::StepFolder& folder) {
  const std::string wanted(find_text(&call.params, "cwd"));
  if (has_zero(wanted)) return fail(ErrorCode::invalid, "`cwd` holds a zero byte");
  const fs::path path = folder.work() / wanted;  // an absolute one stands for itself
  std::error_code error;
  if (fs::path(wanted).is_relative()) fs::create_directories(path, error);
  if (!fs::is_directory(path, error))
    return fail(ErrorCode::invalid, "`cwd`: there is no folder " + printable(wanted));
  return path.string();
}

Result<Object> read_lines(std::string_view text) {
  Object values;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return fail(ErrorCode::invalid,
                  "$CALLBOARD_OUTPUT holds neither a JSON object nor lines of name=value: " +
                      printable(line.substr(0, 80)));
    }
    values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return values;
}

}  // namespace

Result<sandbox::ProcessSpec> make_shell_process(const StepCall& call, const sandbox::StepFolder& folder,
                                                sandbox::ProcessLimits limits) {
  auto environment = make_environment(call, folder);
  if (!environment) return std::unexpected(environment.error());
  auto arguments = make_arguments(call, folder, (*environment)["PATH"].get_string());
  if (!arguments) return std::unexpected(arguments.error());
  auto work = make_work_folder(call, folder);
  if (!work) return std::unexpected(work.error());
  sandbox::ProcessSpec spec;
  spec.argv = std::move(*arguments);
  for (const auto& [name, value] : *environment) {
    spec.environment.push_back(std::string(name) + "=" + std::string(value.get_string()));
  }
  spec.folder = std::move(*work);
  spec.input = find_text(&call.params, "stdin");
  spec.limits = limits;
  spec.on_output = call.show_life;
  return spec;
}

Result<Object> read_shell_output(const sandbox::StepFolder& folder) {
  std::error_code error;
  const fs::path path = output_file(folder);
  if (!fs::is_regular_file(fs::symlink_status(path, error))) return Object();
  const auto size = fs::file_size(path, error);
  if (error || size == 0) return Object();
  if (size > limits::kResultBytes) {
    return fail(ErrorCode::too_large, "$CALLBOARD_OUTPUT holds " + std::to_string(size) + " bytes");
  }
  std::ifstream file(path, std::ios::binary);
  return parse_shell_output(std::string{std::istreambuf_iterator<char>(file), {}});
}

Result<Object> parse_shell_output(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Object();
  if (text[first] != '{') return read_lines(text);
  auto value = read_json(text);
  if (!value) return fail(ErrorCode::invalid, "$CALLBOARD_OUTPUT: " + value.error().message);
  return std::move(value->as_object());
}

}  // namespace callboard::worker
