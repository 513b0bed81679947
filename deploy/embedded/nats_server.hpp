#pragma once

#include <cstdint>
#include <string>

#include "deploy/embedded/data_folder.hpp"
#include "deploy/embedded/process.hpp"
#include "shared/config/setting.hpp"

namespace callboard::embedded {

/// A nats-server of the stack's own: JetStream on files in the data folder, on loopback, behind a password
/// that is new at each start, because whoever publishes a job runs commands here.
struct NatsServer {
  ProcessSpec spec;
  std::string url;  // nats://callboard:…@127.0.0.1:port
  config::Address address;
};

/// Chooses a free port and writes the server's settings. `unavailable` if nats-server is not installed.
Result<NatsServer> prepare_nats(const DataFolder& folder);
bool is_nats_ready(const NatsServer& server);

}  // namespace callboard::embedded
