#include "deploy/embedded/nats_server.hpp"

#include <unistd.h>

#include <thread>

#include "deploy/embedded/ports.hpp"
#include "shared/value/write.hpp"

namespace callboard::embedded {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kSmallBox = 4;  // cores

Result<std::string> find_program() {
  for (const char* path : {"/usr/local/bin/nats-server", "/usr/sbin/nats-server", "/usr/bin/nats-server"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return fail(ErrorCode::unavailable,
              "nats-server is not installed: run deploy/install, or set CALLBOARD_NATS_URL");
}

/// On few cores the server takes time from everyone else: one thread and a lazy collector give a quarter more
/// runs.
Environment server_environment() {
  Environment environment{{"PATH", "/usr/bin:/bin"}};
  if (std::thread::hardware_concurrency() <= kSmallBox) {
    environment.insert(environment.end(), {{"GOMAXPROCS", "1"}, {"GOGC", "400"}});
  }
  return environment;
}

std::string quoted(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

Result<NatsServer> prepare_nats(const DataFolder& folder) {
  const auto program = find_program();
  if (!program) return std::unexpected(program.error());
  const config::Address wanted{"127.0.0.1", 0};
  const auto port = find_free_port(wanted.host, wanted.port, false);
  if (!port) return std::unexpected(port.error());
  const config::Address address{wanted.host, *port};
  const std::string place = address.host + ":" + std::to_string(address.port);
  const std::string password = make_secret(16);
  const std::filesystem::path file = folder.root / "nats.conf";
  const std::string text = "server_name: callboard\nlisten: " + quoted(place) +
                           "\njetstream { store_dir: " + quoted(folder.nats()) +
                           " }\nauthorization { user: callboard, password: " + quoted(password) + " }\n";
  if (auto written = write_private_file(file, text); !written) return std::unexpected(written.error());
  return NatsServer{.spec = {.name = "nats-server",
                             .command = {*program, "--config", file},
                             .environment = server_environment(),
                             .log = folder.log_of("nats-server"),
                             .stop_signal = SIGTERM,
                             .grace = 5s,
                             .orphan_signal = SIGTERM},
                    .url = "nats://callboard:" + password + "@" + place,
                    .address = address};
}

bool is_nats_ready(const NatsServer& server) { return ask_server(server.address, "").starts_with("INFO "); }

}  // namespace callboard::embedded
