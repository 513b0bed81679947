#include "deploy/embedded/stack.hpp"

#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "deploy/embedded/ports.hpp"
#include "deploy/embedded/programs.hpp"
#include "shared/config/settings.hpp"

namespace callboard::embedded {
namespace {

using namespace std::chrono_literals;

constexpr Micros kReadyWithin = 60s;

std::string signs_variable(const std::string& source) {
  return source == "github" ? "GITHUB_WEBHOOK_SECRET" : "LINEAR_WEBHOOK_SECRET";
}

bool is_in_environment(const std::string& name) {
  const auto value = config::read_environment(name);
  return value && !value->empty();
}

}  // namespace

Result<std::unique_ptr<Stack>> Stack::start(StackOptions options) {
  auto folder = open_data_folder(options.data);
  if (!folder) return std::unexpected(folder.error());
  auto lock = FolderLock::take(*folder);
  if (!lock) return std::unexpected(lock.error());
  if (options.programs.empty()) options.programs = own_folder();
  std::unique_ptr<Stack> stack(new Stack(std::move(options), std::move(*folder), std::move(*lock)));
  if (auto started = stack->start_all(); !started) return std::unexpected(started.error());
  return stack;
}

Stack::Stack(StackOptions options, DataFolder folder, FolderLock lock)
    : options_(std::move(options)), folder_(std::move(folder)), lock_(std::move(lock)) {}

Stack::~Stack() { stop(); }

Result<void> Stack::start_all() {
  clear_leftovers();
  supervisor_ = std::make_unique<Supervisor>([this](std::string_view what) { say(what); },
                                             [this](const std::vector<NamedProcess>& processes) {
                                               save([&](StackState& state) { state.processes = processes; });
                                             });
  save([](StackState& state) { state.supervisor = mark_process(getpid()); });
  if (auto chosen = choose_listen_address(); !chosen) return chosen;
  if (auto made = provide_webhook_secrets(); !made) return made;
  if (auto started = start_servers(); !started) return started;
  return start_programs();
}

void Stack::clear_leftovers() {
  const auto old = find_state(folder_.root);
  if (!old) return;
  for (auto process = old->processes.rbegin(); process != old->processes.rend(); ++process) {
    if (!is_alive(process->mark)) continue;
    say("ending " + process->name + ", which an earlier stack left behind");
    end_process(process->mark, process->name == "postgres" ? SIGINT : SIGTERM, 10s);
  }
  remove_run_folder(old->run_folder);
}

Result<void> Stack::choose_listen_address() {
  std::string& listen = options_.settings["CALLBOARD_LISTEN"];
  if (listen.empty()) listen = config::find_setting("CALLBOARD_LISTEN")->fallback;
  const auto wanted = config::parse_address(listen);
  if (!wanted)
    return fail(ErrorCode::invalid, "CALLBOARD_LISTEN: found \"" + listen + "\", expected host:port");
  const auto port = find_free_port(wanted->host, wanted->port, wanted->port != 0);
  if (!port) return std::unexpected(port.error());
  listen_ = {wanted->host, *port};
  const std::string host =
      listen_.host.find(':') == std::string::npos ? listen_.host : "[" + listen_.host + "]";
  listen = host + ":" + std::to_string(*port);
  return {};
}

Result<void> Stack::provide_webhook_secrets() {
  for (const std::string source : {"github", "linear"}) {
    const std::string variable = signs_variable(source);
    const std::string file = variable + "_FILE";
    if (options_.settings.contains(variable) || is_in_environment(variable) || is_in_environment(file))
      continue;
    if (auto made = ensure_webhook_secret(folder_, source); !made) return made;
    options_.settings[file] = folder_.webhook_secret(source);
  }
  return {};
}

Result<void> Stack::start_servers() {
  std::string& database_url = options_.settings["CALLBOARD_DATABASE_URL"];
  std::string& nats_url = options_.settings["CALLBOARD_NATS_URL"];
  if (database_url.empty()) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder_.root / "postgres", ignored)) say("making the database");
    auto server = prepare_postgres(folder_);
    if (!server) return std::unexpected(server.error());
    postgres_ = std::move(*server);
    database_url = postgres_->url;
    save([&](StackState& state) { state.run_folder = postgres_->run_folder; });
    say("starting PostgreSQL");
    if (auto started = supervisor_->start(postgres_->spec); !started) return started;
  }
  if (nats_url.empty()) {
    auto server = prepare_nats(folder_);
    if (!server) return std::unexpected(server.error());
    nats_ = std::move(*server);
    nats_url = nats_->url;
    say("starting nats-server");
    if (auto started = supervisor_->start(nats_->spec); !started) return started;
  }
  save([&](StackState& state) {
    state.database_url = database_url;
    state.nats_url = nats_url;
  });
  if (postgres_) {
    if (auto ready = wait_ready("postgres", [this] { return is_postgres_ready(*postgres_); }); !ready)
      return ready;
  }
  if (!nats_) return {};
  return wait_ready("nats-server", [this] { return is_nats_ready(*nats_); });
}

Result<void> Stack::start_programs() {
  say("starting the dispatcher");
  const auto dispatcher = dispatcher_spec(folder_, options_.programs,
                                          settings_of(config::Program::dispatcher), options_.config_file);
  if (auto started = supervisor_->start(dispatcher); !started) return started;
  if (auto ready = wait_ready("dispatcher", [this] { return is_dispatcher_ready(listen_); }); !ready)
    return ready;
  say(options_.workers == 1 ? "starting a worker"
                            : "starting " + std::to_string(options_.workers) + " workers");
  for (std::uint32_t number = 1; number <= options_.workers; ++number) {
    const auto worker = worker_spec(folder_, options_.programs, number, settings_of(config::Program::worker),
                                    options_.config_file);
    if (auto started = supervisor_->start(worker); !started) return started;
  }
  save([this](StackState& state) {
    state.url = "http://" + options_.settings["CALLBOARD_LISTEN"];
    state.ready = true;
  });
  return {};
}

Result<void> Stack::wait_ready(const std::string& name, const std::function<bool()>& ready) {
  return supervisor_->wait_ready(name, ready, kReadyWithin,
                                 [this] { return options_.is_interrupted && options_.is_interrupted(); });
}

std::map<std::string, std::string> Stack::settings_of(config::Program program) const {
  std::map<std::string, std::string> wanted;
  for (const auto& [name, value] : options_.settings) {
    const std::string variable = name.ends_with("_FILE") ? name.substr(0, name.size() - 5) : name;
    const config::Setting* setting = config::find_setting(variable);
    if (setting != nullptr && config::is_for(*setting, program)) wanted.emplace(name, value);
  }
  return wanted;
}

void Stack::stop(const std::function<bool()>& hurry) {
  if (!supervisor_) return;
  const bool was_up = state().ready;
  const auto tell = [&](const std::string& what) {
    if (was_up) say(what);
  };
  std::vector<std::string> workers;
  for (std::uint32_t number = 1; number <= options_.workers; ++number)
    workers.push_back("worker-" + std::to_string(number));
  tell("stopping the dispatcher");
  supervisor_->stop({"dispatcher"}, hurry);
  tell("stopping the " + std::string(workers.size() == 1 ? "worker" : "workers") + "; steps under way have " +
       format_duration(kStepsGrace) + " to end");
  supervisor_->stop(workers, hurry);
  tell("stopping PostgreSQL and nats-server");
  supervisor_->stop({"nats-server"}, hurry);
  supervisor_->stop({"postgres"}, hurry);
  supervisor_.reset();
  if (postgres_) remove_run_folder(postgres_->run_folder);
  std::error_code ignored;
  std::filesystem::remove(folder_.state(), ignored);
  lock_.reset();
}

StackState Stack::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

std::string Stack::webhook_secret(const std::string& source) const {
  if (!options_.settings.contains(signs_variable(source) + "_FILE")) return "";
  return read_text_file(folder_.webhook_secret(source)).value_or("");
}

void Stack::save(const std::function<void(StackState&)>& change) {
  const std::scoped_lock lock(mutex_);
  change(state_);
  if (auto written = write_state(folder_, state_); !written) say(written.error().message);
}

void Stack::say(std::string_view what) const {
  if (options_.report) options_.report(what);
}

}  // namespace callboard::embedded
