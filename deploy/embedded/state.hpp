#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/embedded/data_folder.hpp"
#include "deploy/embedded/process.hpp"

namespace callboard::embedded {

struct NamedProcess {
  std::string name;  // "postgres", "nats-server", "dispatcher", "worker-1"
  ProcessMark mark;
};

/// What a running stack says of itself in state.json: where it is, and which processes are its own.
struct StackState {
  ProcessMark supervisor;
  bool ready = false;
  std::string url;  // of the dispatcher; empty until it answers
  std::string database_url;
  std::string nats_url;
  std::string run_folder;  // of PostgreSQL's socket; empty if it is not ours
  std::vector<NamedProcess> processes;
};

Result<void> write_state(const DataFolder& folder, const StackState& state);
/// Nothing if there is none, or none that can be read.
std::optional<StackState> find_state(const std::filesystem::path& data);
/// The state of a stack that lives: its supervisor is there.
std::optional<StackState> find_running(const std::filesystem::path& data);

}  // namespace callboard::embedded
