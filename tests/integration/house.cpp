#include "tests/integration/house.hpp"

#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <thread>

#include "shared/base/check.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::test {

namespace fs = std::filesystem;

House::House() {
  std::string pattern = (fs::temp_directory_path() / "callboard-house-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  workflows_ = folder_ / "workflows";
  fs::create_directory(workflows_);
}

House::~House() {
  worker_.reset();
  dispatcher_.reset();
  fs::remove_all(folder_);
}

void House::start_servers() {
  CALLBOARD_CHECK(postgres_.start());
  CALLBOARD_CHECK(nats_.start());
  if (database_.empty()) database_ = postgres_.make_database("callboard");
}

std::vector<std::string> House::environment() const {
  std::vector<std::string> variables{"HOME=" + folder_.string(),
                                     "CALLBOARD_DATABASE_URL=" + postgres_.url("callboard"),
                                     "CALLBOARD_NATS_URL=" + nats_.url(), "CALLBOARD_LOG_LEVEL=warn"};
  for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = getenv(name)) variables.push_back(std::string(name) + "=" + value);
  }
  return variables;
}

House::Replica House::make_replica(const std::vector<std::string>& more) const {
  auto variables = environment();
  variables.insert(variables.end(),
                   {"CALLBOARD_LISTEN=127.0.0.1:0", "CALLBOARD_WORKFLOWS=" + workflows_.string(),
                    "GITHUB_WEBHOOK_SECRET=s3cret", "LINEAR_WEBHOOK_SECRET=s3cret"});
  variables.insert(variables.end(), more.begin(), more.end());
  Replica replica;
  replica.process =
      std::make_unique<Process>(CALLBOARD_BIN "/callboard-dispatcher", std::vector<std::string>{}, variables);
  const std::string line = replica.process->read_line();
  CALLBOARD_CHECK(line.starts_with("listening http://127.0.0.1:"));
  replica.port = static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(':') + 1)));
  return replica;
}

void House::move_to(Replica replica) {
  dispatcher_ = std::move(replica.process);
  port_ = replica.port;
}

void House::start_dispatcher(std::vector<std::string> more) { move_to(make_replica(more)); }

void House::start_worker() { worker_ = make_worker(); }

std::unique_ptr<Process> House::make_worker() const {
  return std::make_unique<Process>(CALLBOARD_BIN "/callboard-worker", std::vector<std::string>{},
                                   environment());
}

void House::start_all() {
  start_servers();
  start_dispatcher();
  start_worker();
  CALLBOARD_CHECK(wait_until_ready());
}

bool House::wait_until_ready() {
  return eventually([this] { return get("/ready").status == 200; });
}

RawClient::Answer House::post(std::string_view target, std::string_view json) {
  return ask(port_, "POST", target, "Content-Type: application/json\r\n", json);
}

int House::register_workflow(std::string_view yaml) {
  return ask(port_, "POST", "/api/workflows?start=false", "Content-Type: application/yaml\r\n", yaml).status;
}

RawClient::Answer House::deliver(std::string_view event, std::string_view id, std::string_view body) {
  return ask(port_, "POST", "/webhooks/github", github_headers(event, id, body), body);
}

Value House::wait_for_run(const std::string& id) {
  Value run;
  eventually(
      [&] {
        run = json_of(get("/api/runs/" + id + "?wait=30s"));
        return !find_text(&run, "closedAt").empty();
      },
      120);
  return run;
}

std::string House::run_cli(std::vector<std::string> arguments) const {
  auto variables = environment();
  variables.push_back("CALLBOARD_URL=http://127.0.0.1:" + std::to_string(port_));
  Process cli(CALLBOARD_BIN "/callboard", std::move(arguments), variables);
  return cli.read_all();
}

Value json_of(const RawClient::Answer& answer) {
  auto value = read_json(answer.body, 2 * limits::kJsonDepth);
  return value ? std::move(*value) : Value();
}

std::string github_headers(std::string_view event, std::string_view id, std::string_view body,
                           std::string_view secret) {
  std::string headers = "Content-Type: application/json\r\nX-GitHub-Event: ";
  headers += event;
  headers += "\r\nX-GitHub-Delivery: ";
  headers += id;
  headers += "\r\nX-Hub-Signature-256: sha256=" + to_hex(hmac_sha256(secret, body)) + "\r\n";
  return headers;
}

bool eventually(const std::function<bool()>& holds, int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace callboard::test
