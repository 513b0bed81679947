#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace callboard::test {

/// A real nats-server with JetStream, on a free port of loopback and in a folder of its own. Ends with the
/// test.
class NatsServer {
 public:
  /// Not yet running; picks the port and makes the folder.
  NatsServer();
  ~NatsServer();
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  /// Returns once it answers; false if it has not within 10 s. After a stop it takes the same port and data.
  bool start();
  /// SIGTERM, and waits for its end.
  void stop();
  /// kill -9.
  void kill();
  /// SIGSTOP and SIGCONT: there, and silent.
  void freeze();
  void thaw();
  /// What JetStream has stored is gone. Only while it is not running.
  void delete_data();

  /// nats://127.0.0.1:<port>
  std::string url() const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  void end(int signal);
  bool answers() const;

  std::uint16_t port_ = 0;
  std::filesystem::path folder_;
  pid_t pid_ = 0;
};

}  // namespace callboard::test
