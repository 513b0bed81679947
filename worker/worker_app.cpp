#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "shared/config/arguments.hpp"
#include "shared/config/programs.hpp"
#include "shared/log/postgres/postgres_log.hpp"
#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/blocking_pool.hpp"
#include "shared/runtime/system_clock.hpp"
#include "shared/runtime/system_random.hpp"
#include "shared/telemetry/logger.hpp"
#include "topics/nats/nats_bus.hpp"
#include "worker/job_loop.hpp"
#include "worker/steps/registry.hpp"

namespace callboard::worker {
namespace {

constexpr Micros kDatabaseWait = std::chrono::seconds(30);  // at start
constexpr Micros kDrainGrace = std::chrono::seconds(30);
constexpr Micros kCloseWait = std::chrono::seconds(2);

Secrets make_secrets(const config::WorkerSettings& settings) {
  Secrets secrets;
  for (const auto& [name, value] : settings.secrets) secrets.add(name, value);
  for (const auto* provider : {&settings.anthropic, &settings.openai, &settings.gemini, &settings.ollama}) {
    secrets.add_hidden(provider->key);
  }
  secrets.add_hidden(settings.database_url);
  return secrets;
}

Endpoints make_endpoints(const config::WorkerSettings& settings) {
  Endpoints endpoints;
  add_endpoint(endpoints, "anthropic", settings.anthropic.base_url, settings.anthropic.key);
  add_endpoint(endpoints, "openai", settings.openai.base_url, settings.openai.key);
  add_endpoint(endpoints, "gemini", settings.gemini.base_url, settings.gemini.key);
  add_endpoint(endpoints, "ollama", settings.ollama.base_url, settings.ollama.key);
  return endpoints;
}

std::string process_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

telemetry::LoggerOptions make_logger_options(const config::LogSettings& settings, const Secrets& secrets) {
  telemetry::LoggerOptions options;
  options.program = "worker";
  options.level = telemetry::parse_log_level(settings.level).value_or(telemetry::LogLevel::info);
  options.format = telemetry::parse_log_format(settings.format).value_or(telemetry::LogFormat::text);
  options.scrub = [&secrets](std::string text) { return secrets.scrub(text); };
  return options;
}

/// Everything of the process, in the order in which it depends on what stands above.
class Worker {
 public:
  Worker(const config::WorkerSettings& settings, http::Reach reach, std::unique_ptr<ExecutionRecord> record)
      : secrets_(make_secrets(settings)),
        logger_(make_logger_options(settings.log, secrets_)),
        self_{make_uuid(clock_.now(), random_)},
        record_(std::move(record)),
        http_(loop_, std::move(reach)),
        processes_(loop_),
        files_(1, limits::kResultsHeld),
        executors_(make_executors({.loop = loop_,
                                   .http = http_,
                                   .processes = processes_,
                                   .files = files_,
                                   .process_limits = {},
                                   .providers = make_endpoints(settings)})),
        signals_(loop_.context(), SIGTERM, SIGINT) {}

  Result<void> connect(const config::WorkerSettings& settings) {
    auto log = log::PostgresLog::open(
        loop_, clock_,
        {.url = settings.database_url, .partitions = limits::kPartitions, .wait = kDatabaseWait});
    if (!log) return std::unexpected(log.error());
    log_ = std::move(*log);
    bus_ = topics::make_nats_bus(loop_, clock_, {.url = settings.nats_url, .name = "callboard-worker"});
    source_ = bus_->make_source(settings.pool);
    JobLoop::Options options;
    options.self = self_;
    options.name = process_name();
    options.pool = settings.pool;
    options.slots = settings.slots;
    options.record = record_.get();
    options.on_database_time = [this](Time now, Steady sent) { clock_.measure(now, sent); };
    options.complain = [this](std::string_view message) { logger_.warn(message); };
    jobs_ = std::make_unique<JobLoop>(
        JobLoop::Ports{loop_, clock_, log_->events(), log_->ownership(), *source_, bus_->notices()},
        executors_, secrets_, std::move(options));
    return {};
  }

  void run() {
    await_signal();
    jobs_->start();
    logger_.info("ready", {{"worker", to_string(self_)}});
    loop_.run();
    logger_.info("stopped");
  }

 private:
  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      if (std::exchange(is_draining_, true)) {
        logger_.info("stops at once");
        jobs_->end_now();
      } else {
        logger_.info("stops when what it executes has ended; a second signal stops it at once");
        jobs_->drain(kDrainGrace, [this] { close(); });
      }
      await_signal();
    });
  }

  void close() {
    bus_->close([this] { loop_.stop(); });
    loop_.after(kCloseWait, [this] { loop_.stop(); });
  }

  runtime::AsioLoop loop_;
  runtime::SystemClock clock_;
  runtime::SystemRandom random_;
  Secrets secrets_;
  telemetry::Logger logger_;
  Incarnation self_;
  std::unique_ptr<ExecutionRecord> record_;
  http::Client http_;
  sandbox::ProcessHost processes_;
  runtime::BlockingPool files_;
  Executors executors_;
  boost::asio::signal_set signals_;
  std::unique_ptr<log::PostgresLog> log_;
  std::unique_ptr<topics::Bus> bus_;
  std::unique_ptr<topics::JobSource> source_;
  std::unique_ptr<JobLoop> jobs_;
  bool is_draining_ = false;
};

int refuse(const std::string& why) {
  std::fprintf(stderr, "callboard-worker: %s\n", why.c_str());
  return 2;
}

int serve(const config::WorkerSettings& settings) {
  if (settings.slots < 1 || settings.slots > limits::kResultsHeld) {
    return refuse("CALLBOARD_SLOTS is a number from 1 to " + std::to_string(limits::kResultsHeld));
  }
  auto reach = http::Reach::make(settings.http_allow);
  if (!reach) return refuse("CALLBOARD_HTTP_ALLOW: " + reach.error().message);
  std::unique_ptr<ExecutionRecord> record;
  if (settings.execution_record) {
    auto opened = ExecutionRecord::open(*settings.execution_record);
    if (!opened) return refuse(opened.error().message);
    record = std::move(*opened);
  }
  Worker worker(settings, std::move(*reach), std::move(record));
  if (const auto connected = worker.connect(settings); !connected) {
    std::fprintf(stderr, "callboard-worker: %s\n", connected.error().message.c_str());
    return 1;
  }
  worker.run();
  return 0;
}

int run_program(int argc, char** argv) {
  make_unreadable();
  signal(SIGPIPE, SIG_IGN);
  const auto read = config::read_server_settings(
      config::Program::worker, "Executes the steps of Callboard's runs.", argc, argv, CALLBOARD_VERSION);
  if (!read) return read.error();
  auto secrets = config::find_secrets();
  if (!secrets) return refuse(config::format_problems(secrets.error()));
  const auto settings = config::make_worker_settings(*read, std::move(*secrets));
  if (!settings) return refuse(config::format_problems(settings.error()));
  config::erase_secret_variables();
  return serve(*settings);
}

}  // namespace
}  // namespace callboard::worker

int main(int argc, char** argv) { return callboard::worker::run_program(argc, argv); }
