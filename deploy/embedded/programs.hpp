#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "deploy/embedded/data_folder.hpp"
#include "deploy/embedded/process.hpp"
#include "shared/base/time.hpp"
#include "shared/config/setting.hpp"

namespace callboard::embedded {

/// What the steps under way get to end by themselves when the stack stops: a person waits for it.
inline constexpr Micros kStepsGrace = std::chrono::seconds(10);

/// The folder in which the running program lies: where its sisters are.
std::filesystem::path own_folder();

/// What a dispatcher or worker of the stack gets as its environment: this process's, without the secrets that
/// the program has no use for, and with `settings` (variables of config's table) over it.
Environment program_environment(config::Program program, const std::map<std::string, std::string>& settings);

ProcessSpec dispatcher_spec(const DataFolder& folder, const std::filesystem::path& programs,
                            const std::map<std::string, std::string>& settings,
                            const std::string& config_file);
ProcessSpec worker_spec(const DataFolder& folder, const std::filesystem::path& programs, std::uint32_t number,
                        const std::map<std::string, std::string>& settings, const std::string& config_file);

/// True once the dispatcher at `address` says that it is ready.
bool is_dispatcher_ready(const config::Address& address);

}  // namespace callboard::embedded
