#include "deploy/embedded/postgres_server.hpp"

#include <libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "shared/base/hash.hpp"

namespace callboard::embedded {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRunPrefix = "/tmp/callboard-";
constexpr std::string_view kUser = "callboard";

/// Debian keeps each major version in a folder of its own. `version` empty: the newest.
Result<fs::path> find_programs(const std::string& version) {
  std::error_code ignored;
  fs::path best;
  int best_version = 0;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string name = entry.path().filename();
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (!fs::exists(entry.path() / "bin" / "initdb", ignored)) continue;
    if (version.empty() ? number > best_version : name == version) {
      best = entry.path() / "bin";
      best_version = number;
    }
  }
  if (!best.empty()) return best;
  return fail(ErrorCode::unavailable,
              "PostgreSQL" + (version.empty() ? "" : " " + version) +
                  " is not installed: run deploy/install, or set CALLBOARD_DATABASE_URL");
}

Environment plain_environment(const fs::path& programs) {
  return {{"PATH", programs.string() + ":/usr/bin:/bin"}, {"LC_ALL", "C"}, {"TZ", "UTC"}};
}

/// The cluster lies in the data folder, unless its user could not get there: the folders above may be closed
/// to it.
fs::path place_cluster(const DataFolder& folder, const Identity& identity) {
  if (identity.kind != Identity::Kind::other_user) return folder.root / "postgres";
  return "/var/tmp/callboard-postgres-" + std::to_string(stable_hash(folder.root.string()));
}

Result<void> give_folder(const fs::path& path, const Identity& identity) {
  std::error_code error;
  fs::create_directories(path, error);
  struct stat found{};
  // Below /var/tmp anyone could have made it first.
  if (error || lstat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    return fail(ErrorCode::unavailable, "can't make the folder " + path.string());
  }
  const bool other = identity.kind == Identity::Kind::other_user;
  const uid_t owner = other ? identity.uid : geteuid();
  if (found.st_uid != owner && found.st_uid != geteuid()) {
    return fail(ErrorCode::forbidden, path.string() + " belongs to another user");
  }
  if (chmod(path.c_str(), 0700) != 0 || (other && chown(path.c_str(), identity.uid, identity.gid) != 0)) {
    return fail(ErrorCode::forbidden, "can't own " + path.string() + ": " + std::strerror(errno));
  }
  return {};
}

/// A folder for the socket, whose path must stay under 108 bytes wherever the data folder is.
Result<fs::path> make_run_folder(const Identity& identity) {
  std::string pattern = std::string(kRunPrefix) + "XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::unavailable, std::string("can't make a folder in /tmp: ") + std::strerror(errno));
  }
  if (auto given = give_folder(pattern, identity); !given) return std::unexpected(given.error());
  return fs::path(pattern);
}

/// Made beside its place and moved there, so that a cluster is whole or not there.
Result<void> make_cluster(const DataFolder& folder, const Identity& identity, const fs::path& cluster,
                          const fs::path& programs) {
  std::error_code error;
  const fs::path draft = fs::path(cluster) += ".new";
  fs::remove_all(draft, error);
  if (auto given = give_folder(draft, identity); !given) return given;
  const ProcessSpec initdb{
      .name = "initdb",
      .command = {programs / "initdb", "--pgdata=" + draft.string(), "--username=" + std::string(kUser),
                  "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"},
      .environment = plain_environment(programs),
      .log = folder.log_of("postgres"),
      .identity = identity};
  if (auto made = run_to_end(initdb, 60s); !made) return made;
  fs::rename(draft, cluster, error);
  if (error) return fail(ErrorCode::unavailable, "can't make " + cluster.string() + ": " + error.message());
  return {};
}

/// For one machine that other things run on too.
std::vector<std::string> server_command(const fs::path& programs, const fs::path& cluster,
                                        const fs::path& socket) {
  std::vector<std::string> command{programs / "postgres", "-D", cluster, "-k", socket};
  for (const char* setting :
       {"listen_addresses=", "unix_socket_permissions=0700", "fsync=on", "synchronous_commit=on",
        "shared_buffers=256MB", "max_connections=100", "wal_compression=lz4", "max_wal_size=4GB",
        "min_wal_size=256MB", "checkpoint_timeout=15min", "jit=off",
        "idle_in_transaction_session_timeout=60s", "timezone=UTC", "log_timezone=UTC",
        "log_line_prefix=%m [%p] ", "log_checkpoints=off", "cluster_name=callboard"}) {
    command.insert(command.end(), {"-c", setting});
  }
  return command;
}

}  // namespace

Result<PostgresServer> prepare_postgres(const DataFolder& folder) {
  const auto identity = find_postgres_identity();
  if (!identity) return std::unexpected(identity.error());
  const fs::path cluster = place_cluster(folder, *identity);
  const auto version = read_text_file(cluster / "PG_VERSION");
  const auto programs = find_programs(version.value_or(""));
  if (!programs) return std::unexpected(programs.error());
  if (!version) {
    if (auto made = make_cluster(folder, *identity, cluster, *programs); !made)
      return std::unexpected(made.error());
  }
  if (auto ended = end_orphaned_postgres(cluster); !ended) return std::unexpected(ended.error());
  const auto run_folder = make_run_folder(*identity);
  if (!run_folder) return std::unexpected(run_folder.error());
  return PostgresServer{
      .spec = {.name = "postgres",
               .command = server_command(*programs, cluster, *run_folder),
               .environment = plain_environment(*programs),
               .log = folder.log_of("postgres"),
               .identity = *identity,
               .stop_signal = SIGINT,  // fast: ends the sessions, then a checkpoint
               .grace = 30s,
               .orphan_signal = SIGINT},
      .url = "postgresql:///postgres?host=" + run_folder->string() + "&user=" + std::string(kUser),
      .cluster = cluster,
      .run_folder = *run_folder};
}

bool is_postgres_ready(const PostgresServer& server) { return PQping(server.url.c_str()) == PQPING_OK; }

Result<void> end_orphaned_postgres(const fs::path& cluster) {
  const fs::path file = cluster / "postmaster.pid";
  const auto text = read_text_file(file);
  if (!text) return {};
  pid_t pid = 0;
  std::from_chars(text->data(), text->data() + text->size(), pid);
  std::error_code error;
  // A server works in its cluster's folder; a number that another program has by now does not.
  const fs::path at = pid > 0 ? fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", error) : fs::path();
  if (!error && at == fs::weakly_canonical(cluster, error) && !end_process(mark_process(pid), SIGINT, 30s)) {
    return fail(ErrorCode::conflict,
                "another PostgreSQL (process " + std::to_string(pid) + ") holds " + cluster.string());
  }
  // What is left names a process that is gone: PostgreSQL would refuse to start if its number were in use
  // again.
  fs::remove(file, error);
  return {};
}

void remove_run_folder(const fs::path& path) {
  std::error_code ignored;
  if (path.string().starts_with(kRunPrefix) && path.parent_path() == "/tmp") fs::remove_all(path, ignored);
}

}  // namespace callboard::embedded
