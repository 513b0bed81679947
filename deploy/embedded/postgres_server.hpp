#pragma once

#include <filesystem>
#include <string>

#include "deploy/embedded/data_folder.hpp"
#include "deploy/embedded/process.hpp"

namespace callboard::embedded {

/// A PostgreSQL of the stack's own: one cluster in the data folder, reached by a Unix socket alone.
struct PostgresServer {
  ProcessSpec spec;
  std::string url;  // postgresql:///postgres?host=…&user=callboard
  std::filesystem::path cluster;
  std::filesystem::path run_folder;  // the socket's, new at each start
};

/// Makes the cluster if there is none, and the folder of its socket. `unavailable` if PostgreSQL is not
/// installed or can't run as this user.
Result<PostgresServer> prepare_postgres(const DataFolder& folder);
/// True once it takes connections.
bool is_postgres_ready(const PostgresServer& server);
/// Ends a server that an earlier stack left behind, so that the cluster can be started anew.
Result<void> end_orphaned_postgres(const std::filesystem::path& cluster);
/// Removes a socket's folder; does nothing with a path that is none.
void remove_run_folder(const std::filesystem::path& path);

}  // namespace callboard::embedded
