#pragma once

#include <memory>
#include <string>

#include "shared/base/ports.hpp"
#include "topics/bus.hpp"

namespace callboard::runtime {
class AsioLoop;
}

namespace callboard::topics {

struct NatsOptions {
  /// nats://[user:password@]host:port, several separated by commas.
  std::string url;
  /// How the server lists this process.
  std::string name;
};

/// One process's connection to NATS: jobs on JetStream, notices on plain subjects. Begins to connect at once,
/// in the background, for ever. Destroyed on the loop's thread, not inside one of its callbacks; that waits
/// for a connection attempt under way (2 s at most).
std::unique_ptr<Bus> make_nats_bus(runtime::AsioLoop& loop, const Clock& clock, NatsOptions options);

}  // namespace callboard::topics
