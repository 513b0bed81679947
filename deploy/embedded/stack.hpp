#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "deploy/embedded/data_folder.hpp"
#include "deploy/embedded/nats_server.hpp"
#include "deploy/embedded/postgres_server.hpp"
#include "deploy/embedded/state.hpp"
#include "deploy/embedded/supervisor.hpp"
#include "shared/config/setting.hpp"

namespace callboard::embedded {

struct StackOptions {
  std::filesystem::path data = ".callboard";
  std::filesystem::path
      programs{};  // where callboard-dispatcher and callboard-worker are; empty: beside this program
  std::uint32_t workers = 1;
  /// Variables of config's table for dispatcher and workers; each gets those that are for it. With
  /// CALLBOARD_DATABASE_URL or CALLBOARD_NATS_URL the stack starts no PostgreSQL or nats-server of its own.
  std::map<std::string, std::string> settings{};
  std::string config_file{};  // handed on as --config; empty: none
  /// What happens, one sentence each: while starting and stopping, and when a child ended. From any thread.
  std::function<void(std::string_view)> report{};
  /// True: give up starting.
  std::function<bool()> is_interrupted{};
};

/// PostgreSQL, nats-server, a dispatcher and workers, as children of this process, in one data folder.
class Stack {
 public:
  /// Returns when the dispatcher is ready. What an earlier stack left in the folder is ended first.
  /// `conflict` if a stack runs there or the port is taken.
  static Result<std::unique_ptr<Stack>> start(StackOptions options);
  /// Stops it, unless it was.
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  /// Dispatcher, then workers, then nats-server, then PostgreSQL; no process is left. The steps under way
  /// have kStepsGrace to end, or until `hurry` (called from another thread) says so; what is cut short is
  /// executed again by the next stack on this folder.
  void stop(const std::function<bool()>& hurry = [] { return false; });
  /// Addresses and processes, as in the state file.
  StackState state() const;
  const DataFolder& folder() const { return folder_; }
  /// What signs the webhooks of "github" or "linear", if the stack made it; empty if the settings hold one.
  std::string webhook_secret(const std::string& source) const;

 private:
  Stack(StackOptions options, DataFolder folder, FolderLock lock);

  Result<void> start_all();
  void clear_leftovers();
  Result<void> start_servers();
  Result<void> choose_listen_address();
  Result<void> provide_webhook_secrets();
  Result<void> start_programs();
  Result<void> wait_ready(const std::string& name, const std::function<bool()>& ready);
  std::map<std::string, std::string> settings_of(config::Program program) const;
  void save(const std::function<void(StackState&)>& change);
  void say(std::string_view what) const;

  StackOptions options_;
  DataFolder folder_;
  std::optional<FolderLock> lock_;  // until stop()
  mutable std::mutex mutex_;        // of state_: the supervisor's thread changes it too
  StackState state_;
  std::optional<PostgresServer> postgres_;
  std::optional<NatsServer> nats_;
  config::Address listen_;
  std::unique_ptr<Supervisor> supervisor_;  // last: its thread uses the rest
};

}  // namespace callboard::embedded
