#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/value/value.hpp"
#include "tests/integration/process.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/raw_client.hpp"

namespace callboard::test {

/// PostgreSQL, nats-server, a dispatcher and a worker, all real, on free ports and in folders of their own.
class House {
 public:
  House();
  ~House();

  PostgresServer& postgres() { return postgres_; }
  NatsServer& nats() { return nats_; }
  /// Gone when this object is.
  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& workflows() const { return workflows_; }

  /// Starts PostgreSQL and the bus.
  void start_servers();
  /// Starts a dispatcher; it listens when this returns.
  void start_dispatcher(std::vector<std::string> more_environment = {});
  /// One more dispatcher on the same servers.
  struct Replica {
    std::unique_ptr<Process> process;
    std::uint16_t port = 0;
  };
  Replica make_replica(const std::vector<std::string>& more_environment = {}) const;
  /// The house's dispatcher from now on; the one before ends.
  void move_to(Replica replica);
  void start_worker();
  /// One more worker on the same servers.
  std::unique_ptr<Process> make_worker() const;
  Process& dispatcher() { return *dispatcher_; }
  Process& worker() { return *worker_; }
  void drop_worker() { worker_.reset(); }
  std::uint16_t port() const { return port_; }
  /// Servers, dispatcher and worker, and waits until /ready.
  void start_all();
  bool wait_until_ready();

  RawClient::Answer get(std::string_view target) { return ask(port_, "GET", target); }
  RawClient::Answer post(std::string_view target, std::string_view json);
  /// Registers a workflow (YAML) without starting it; the answer's status.
  int register_workflow(std::string_view yaml);
  /// A signed GitHub delivery.
  RawClient::Answer deliver(std::string_view event, std::string_view id, std::string_view body);
  /// The run once it is closed, or as it stands after two minutes.
  Value wait_for_run(const std::string& id);
  /// What `callboard` prints on its standard output.
  std::string run_cli(std::vector<std::string> arguments) const;

 private:
  std::vector<std::string> environment() const;

  PostgresServer postgres_;
  NatsServer nats_;
  std::filesystem::path folder_;
  std::filesystem::path workflows_;
  std::string database_;
  std::unique_ptr<Process> dispatcher_;
  std::unique_ptr<Process> worker_;
  std::uint16_t port_ = 0;
};

/// The answer's body as JSON; null if it is none.
Value json_of(const RawClient::Answer& answer);
/// Headers of a signed GitHub delivery.
std::string github_headers(std::string_view event, std::string_view id, std::string_view body,
                           std::string_view secret = "s3cret");
/// Looks every 50 ms, at most `seconds`: for what another process does, and tells nobody.
bool eventually(const std::function<bool()>& holds, int seconds = 20);

}  // namespace callboard::test
