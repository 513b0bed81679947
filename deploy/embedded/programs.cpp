#include "deploy/embedded/programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "deploy/embedded/ports.hpp"
#include "shared/config/programs.hpp"

namespace callboard::embedded {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kStepSecrets = "CALLBOARD_SECRET_";
constexpr std::string_view kFileSuffix = "_FILE";

bool is_wanted(config::Program program, std::string_view name) {
  if (!config::is_secret_variable(name)) return true;
  if (name.starts_with(kStepSecrets)) return program == config::Program::worker;
  if (config::is_webhook_secret(name)) return program == config::Program::dispatcher;
  if (name.ends_with(kFileSuffix)) name.remove_suffix(kFileSuffix.size());
  const config::Setting* setting = config::find_setting(name);
  return setting != nullptr && config::is_for(*setting, program);
}

ProcessSpec program_spec(std::string name, const std::filesystem::path& program, const DataFolder& folder,
                         Environment environment, const std::string& config_file) {
  ProcessSpec spec{
      .name = name, .command = {program}, .environment = std::move(environment), .log = folder.log_of(name)};
  if (!config_file.empty()) spec.command.insert(spec.command.end(), {"--config", config_file});
  return spec;
}

}  // namespace

std::filesystem::path own_folder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

Environment program_environment(config::Program program, const std::map<std::string, std::string>& settings) {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    const std::string name(text.substr(0, equals));
    if (equals == std::string_view::npos || settings.contains(name) || !is_wanted(program, name)) continue;
    environment.emplace_back(name, text.substr(equals + 1));
  }
  for (const auto& [name, value] : settings) environment.emplace_back(name, value);
  return environment;
}

ProcessSpec dispatcher_spec(const DataFolder& folder, const std::filesystem::path& programs,
                            const std::map<std::string, std::string>& settings,
                            const std::string& config_file) {
  ProcessSpec spec = program_spec("dispatcher", programs / "callboard-dispatcher", folder,
                                  program_environment(config::Program::dispatcher, settings), config_file);
  spec.grace = 10s;
  return spec;
}

ProcessSpec worker_spec(const DataFolder& folder, const std::filesystem::path& programs, std::uint32_t number,
                        const std::map<std::string, std::string>& settings, const std::string& config_file) {
  ProcessSpec spec = program_spec("worker-" + std::to_string(number), programs / "callboard-worker", folder,
                                  program_environment(config::Program::worker, settings), config_file);
  spec.grace = kStepsGrace;
  spec.second_grace = 8s;  // above limits::kCancelGrace, in which it ends the steps' processes
  return spec;
}

bool is_dispatcher_ready(const config::Address& address) {
  const std::string host =
      address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
  const std::string request = "GET /ready HTTP/1.1\r\nHost: " + host + ":" + std::to_string(address.port) +
                              "\r\nConnection: close\r\n\r\n";
  return ask_server(address, request).starts_with("HTTP/1.1 200");
}

}  // namespace callboard::embedded
