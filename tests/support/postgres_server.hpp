#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace callboard::test {

/// A real PostgreSQL with a cluster and a socket in a folder of its own, no TCP, fsync off. Ends with the
/// test. PostgreSQL refuses root: then it runs in a user namespace, or where those are barred as `nobody`.
class PostgresServer {
 public:
  /// Makes the cluster; not yet running.
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Returns once it answers; false if it has not within 20 s. After a stop it takes the same socket and
  /// data.
  bool start();
  /// A fast shutdown: connections are cut, and it waits for the end.
  void stop();
  /// kill -9 of the postmaster; its children end by themselves.
  void kill();

  /// Makes an empty database, or a copy of another to which nobody is connected, and gives its URL. Throws if
  /// it can't.
  std::string make_database(const std::string& name, const std::string& copy_of = "template0");
  /// Runs statements in a database on a connection of its own; the first column of the last one's first row,
  /// or empty. Throws with the server's message if one fails.
  std::string run(const std::string& database, const std::string& sql) const;
  std::string url(const std::string& database) const;

 private:
  enum class As { self, mapped, nobody };

  pid_t spawn(std::vector<std::string> words) const;
  void end(int signal);
  static As choose_user();

  As as_;
  std::filesystem::path program_;
  std::filesystem::path folder_;
  pid_t pid_ = 0;
};

}  // namespace callboard::test
