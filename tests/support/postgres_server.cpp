#include "tests/support/postgres_server.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

namespace callboard::test {
namespace {

namespace fs = std::filesystem;

/// Debian keeps the server's programs outside the PATH, in a folder for each version.
fs::path find_program(const std::string& name) {
  fs::path newest;
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const fs::path program = version.path() / "bin" / name;
    if (fs::exists(program) && program > newest) newest = program;
  }
  if (!newest.empty()) return newest;
  const std::string path = std::getenv("PATH") ? std::getenv("PATH") : "";
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t colon = std::min(path.find(':', from), path.size());
    const fs::path program = fs::path(path.substr(from, colon - from)) / name;
    if (::access(program.c_str(), X_OK) == 0) return program;
    from = colon + 1;
  }
  throw std::runtime_error("PostgreSQL's " + name + " is not installed");
}

bool succeeded(pid_t pid) {
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void become_nobody() {
  const passwd* nobody = ::getpwnam("nobody");
  if (!nobody || ::setgid(nobody->pw_gid) != 0 || ::setuid(nobody->pw_uid) != 0) ::_exit(126);
}

/// Starts a program with its output in `log`.
pid_t start_program(const std::vector<std::string>& words, const fs::path& log, bool as_nobody) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::setpgid(0, 0);  // Ctrl-C is for the test; it ends the server in order
  if (as_nobody) become_nobody();
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

const std::vector<std::string> kMapped{"unshare", "-U", "--map-user=1000", "--map-group=1000"};

}  // namespace

PostgresServer::As PostgresServer::choose_user() {
  if (::geteuid() != 0) return As::self;
  std::vector<std::string> probe = kMapped;
  probe.push_back("true");
  return succeeded(start_program(probe, "/dev/null", false)) ? As::mapped : As::nobody;
}

pid_t PostgresServer::spawn(std::vector<std::string> words) const {
  if (as_ == As::mapped) words.insert(words.begin(), kMapped.begin(), kMapped.end());
  return start_program(words, folder_ / "log", as_ == As::nobody);
}

PostgresServer::PostgresServer() : as_(choose_user()), program_(find_program("postgres")) {
  // short: a socket's path has at most 107 bytes
  std::string pattern = (std::filesystem::temp_directory_path() / "callboard-pg-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  std::ofstream(folder_ / "log") << "";
  if (as_ == As::nobody) {
    const passwd* nobody = ::getpwnam("nobody");
    if (!nobody || ::chown(folder_.c_str(), nobody->pw_uid, nobody->pw_gid) != 0 ||
        ::chown((folder_ / "log").c_str(), nobody->pw_uid, nobody->pw_gid) != 0) {
      throw std::runtime_error("the folder can't be given to nobody");
    }
  }
  const bool made = succeeded(spawn({find_program("initdb"), "-N", "-D", folder_ / "data", "-U", "callboard",
                                     "--auth=trust", "-E", "UTF8", "--locale=C"}));
  if (!made) throw std::runtime_error("initdb failed: see " + (folder_ / "log").string());
}

PostgresServer::~PostgresServer() {
  stop();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

bool PostgresServer::start() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    if (pid_ == 0) {
      pid_ = spawn({program_, "-D", folder_ / "data", "-k", folder_, "-c", "listen_addresses=", "-c",
                    "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=64MB", "-c",
                    "deadlock_timeout=100ms"});
    }
    if (PQping(url("postgres").c_str()) == PQPING_OK) return true;
    // After a kill it refuses to start until the last of the old children has ended.
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

void PostgresServer::end(int signal) {
  if (pid_ == 0) return;
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void PostgresServer::stop() { end(SIGINT); }
void PostgresServer::kill() { end(SIGKILL); }

std::string PostgresServer::url(const std::string& database) const {
  return "postgresql:///" + database + "?host=" + folder_.string() + "&user=callboard";
}

std::string PostgresServer::make_database(const std::string& name, const std::string& copy_of) {
  run("postgres", "create database \"" + name + "\" template \"" + copy_of + "\"");
  return url(name);
}

std::string PostgresServer::run(const std::string& database, const std::string& sql) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url(database).c_str()),
                                                                &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

}  // namespace callboard::test
