// callboard-dispatcher: the composition root. It listens at once; until the database can be reached it
// answers /health with 200 and everything else with 503.
#include <unistd.h>

#include <array>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "dispatcher/api/api.hpp"
#include "dispatcher/ingress/app_token.hpp"
#include "dispatcher/services.hpp"
#include "shared/config/arguments.hpp"
#include "shared/config/programs.hpp"
#include "shared/http/client/client.hpp"
#include "shared/log/postgres/migrate.hpp"
#include "shared/log/postgres/postgres_log.hpp"
#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/system_clock.hpp"
#include "shared/runtime/system_random.hpp"
#include "shared/telemetry/logger.hpp"
#include "shared/value/write.hpp"
#include "topics/nats/nats_bus.hpp"

namespace callboard::dispatcher {
namespace {

using namespace std::chrono_literals;

constexpr Micros kRequestsGrace = 4s;  // for requests under way when the program is told to stop
constexpr Micros kStopMost =
    8s;  // then it ends whatever is unfinished: the log holds everything that was accepted
constexpr auto kMigrateAgain = 1s;
constexpr std::string_view kAppHook = "app/hook";

std::string process_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

std::string in_one_line(std::string_view lines) {
  while (lines.ends_with('\n')) lines.remove_suffix(1);
  std::string out;
  for (const char c : lines) out += c == '\n' ? std::string("; ") : std::string(1, c);
  return out;
}

std::string write_vars(const std::map<std::string, std::string>& vars) {
  Object object;
  for (const auto& [name, value] : vars) object[name] = value;
  return write_json(Value(std::move(object)));
}

/// Brings the database to this program's schema on a thread of its own, again and again until it succeeds, a
/// retry makes no sense, or it is stopped.
class Migration {
 public:
  Migration(std::string url, Loop& loop, const telemetry::Logger& logger,
            std::move_only_function<void(Result<void>)> done)
      : thread_([this, url = std::move(url), &loop, &logger, done = std::move(done)](
                    const std::stop_token& stop) mutable { run(url, loop, logger, std::move(done), stop); }) {
  }

 private:
  void run(const std::string& url, Loop& loop, const telemetry::Logger& logger,
           std::move_only_function<void(Result<void>)> done, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      auto migrated = log::migrate(url);
      if (migrated || migrated.error().code != ErrorCode::unavailable) {
        return loop.post([done = std::move(done), migrated = std::move(migrated)]() mutable {
          done(std::move(migrated));
        });
      }
      logger.warn("the database can't be reached, trying again", {{"problem", migrated.error().message}});
      std::unique_lock lock(mutex_);
      stopped_.wait_for(lock, stop, kMigrateAgain, [] { return false; });
    }
  }

  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

class DispatcherApp {
 public:
  explicit DispatcherApp(config::DispatcherSettings settings);
  int run();

 private:
  Result<void> listen();
  void open();
  void make_services();
  CatchUp::Options catch_up_options();
  void ask_github(std::string url, log::Done<GithubAnswer> done);
  void tell_of_file(const std::string& file, const std::string& problems);
  void handle(http::Request request, http::Responder responder);
  void answer_while_starting(const http::Request& request, http::Responder responder) const;
  void on_signal();
  void stop();
  void end(int status);

  config::DispatcherSettings settings_;
  telemetry::Logger logger_;
  telemetry::Metrics metrics_;
  runtime::AsioLoop loop_;
  runtime::SystemClock clock_;
  runtime::SystemRandom random_;
  boost::asio::signal_set signals_;
  Guard guard_;
  http::Client github_;
  std::unique_ptr<log::PostgresLog> log_;
  std::unique_ptr<topics::Bus> bus_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<http::Server> server_;
  std::optional<Migration> migration_;
  bool stopping_ = false;
  int status_ = 0;
};

DispatcherApp::DispatcherApp(config::DispatcherSettings settings)
    : settings_(std::move(settings)),
      logger_(
          {.program = "dispatcher",
           .level = telemetry::parse_log_level(settings_.log.level).value_or(telemetry::LogLevel::info),
           .format = telemetry::parse_log_format(settings_.log.format).value_or(telemetry::LogFormat::text),
           .scrub = {},
           .sink = {}}),
      signals_(loop_.context(), SIGTERM, SIGINT),
      guard_(settings_.public_url.value_or(std::string())),
      github_(loop_, http::Reach()) {}

int DispatcherApp::run() {
  if (const auto listening = listen(); !listening) {
    logger_.error(listening.error().message);
    return 1;
  }
  on_signal();
  migration_.emplace(settings_.database_url, loop_, logger_, [this](Result<void> migrated) {
    if (stopping_) return;
    if (migrated) return open();
    logger_.error("the database can't be used", {{"problem", migrated.error().message}});
    end(1);
  });
  loop_.run();
  migration_.reset();
  server_.reset();
  services_.reset();
  bus_.reset();
  log_.reset();
  return status_;
}

Result<void> DispatcherApp::listen() {
  http::Server::Options options;
  options.body_limit = body_limit;
  options.stop_grace = kRequestsGrace;
  server_ = std::make_unique<http::Server>(loop_, clock_, std::move(options),
                                           [this](http::Request request, http::Responder responder) {
                                             handle(std::move(request), std::move(responder));
                                           });
  const auto port = server_->listen(settings_.listen.host, settings_.listen.port);
  if (!port) return std::unexpected(port.error());
  const bool bare_ipv6 = settings_.listen.host.contains(':') && !settings_.listen.host.starts_with('[');
  const std::string host = bare_ipv6 ? "[" + settings_.listen.host + "]" : settings_.listen.host;
  // The first line of standard output, for programs that let port 0 pick one.
  std::printf("listening http://%s:%u\n", host.c_str(), static_cast<unsigned>(*port));
  std::fflush(stdout);
  logger_.info("listening", {{"address", host + ":" + std::to_string(*port)}});
  return {};
}

void DispatcherApp::open() {
  auto opened = log::PostgresLog::open(loop_, clock_, {.url = settings_.database_url});
  if (!opened) {
    logger_.warn("the log can't be opened, trying again", {{"problem", opened.error().message}});
    loop_.after(kMigrateAgain, [this] {
      if (!stopping_) open();
    });
    return;
  }
  log_ = std::move(*opened);
  bus_ = topics::make_nats_bus(loop_, clock_,
                               {.url = settings_.nats_url, .name = "dispatcher " + process_name()});
  make_services();
  services_->start();
  logger_.info("the log is open");
}

CatchUp::Options DispatcherApp::catch_up_options() {
  CatchUp::Options options{
      .api_url = settings_.github.api_url,
      .hooks = settings_.github.hooks,
      .on_caught_up =
          [this](const std::string& hook, std::size_t deliveries) {
            logger_.info("deliveries that had failed were fetched from GitHub",
                         {{"hook", hook}, {"deliveries", std::to_string(deliveries)}});
          },
      .complain =
          [this](const std::string& hook, const std::string& problem) {
            logger_.warn("GitHub can't be asked for failed deliveries",
                         {{"hook", hook}, {"problem", problem}});
          },
  };
  if (!settings_.github.app_id.empty()) options.hooks.emplace_back(kAppHook);
  return options;
}

/// The App's own hook is asked for as the App, any other with the token.
void DispatcherApp::tell_of_file(const std::string& file, const std::string& problems) {
  if (problems.empty())
    logger_.info("a workflow file is good again", {{"file", file}});
  else
    logger_.warn("a workflow file is bad", {{"file", file}, {"problem", in_one_line(problems)}});
}

void DispatcherApp::ask_github(std::string url, log::Done<GithubAnswer> done) {
  const config::GithubSettings& github = settings_.github;
  Result<std::string> token = github.token;
  if (url.starts_with(github.api_url + "/" + std::string(kAppHook)))
    token = make_app_token(github.app_id, github.app_private_key, clock_.now());
  if (!token) {
    return loop_.post(
        [done = std::move(done), error = token.error()]() mutable { done(std::unexpected(error)); });
  }
  http::ClientRequest request;
  request.url = std::move(url);
  request.headers = {{"Authorization", "Bearer " + *token, true},
                     {"Accept", "application/vnd.github+json"},
                     {"X-GitHub-Api-Version", "2022-11-28"},
                     {"User-Agent", "callboard/" CALLBOARD_VERSION}};
  request.body_limit = limits::kWebhookBytes + limits::kMiB;
  request.is_trusted = true;
  github_.send(std::move(request), [done = std::move(done)](Result<http::ClientResponse> response) mutable {
    if (!response) return done(std::unexpected(response.error()));
    done(GithubAnswer{.status = response->status,
                      .link = std::string(response->header("link")),
                      .body = std::move(response->body)});
  });
}

void DispatcherApp::make_services() {
  Services::Options options{
      .name = process_name(),
      .version = CALLBOARD_VERSION,
      .public_url = settings_.public_url.value_or(std::string()),
      .workflows = settings_.workflows.value_or(std::string()),
      .vars = write_vars(settings_.vars),
      .senders = {{kGithub, settings_.github_webhook_secrets, settings_.insecure_webhooks},
                  {kLinear, settings_.linear_webhook_secrets, settings_.insecure_webhooks}},
      .find_webhook_secrets =
          [this](std::string_view name) {
            const auto found = settings_.webhook_secrets.find(std::string(name));
            return found == settings_.webhook_secrets.end() ? std::vector<std::string>() : found->second;
          },
      .is_on_loopback = config::is_loopback(settings_.listen.host),
      .on_lost_end =
          [this](const RunId& run, const std::string& why) {
            logger_.warn("the end of a run can't be read and starts nothing",
                         {{"run", to_string(run)}, {"problem", why}});
          },
      .on_workflow_file = [this](const std::string& file,
                                 const std::string& problems) { tell_of_file(file, problems); },
      .ask_github = [this](std::string url,
                           log::Done<GithubAnswer> done) { ask_github(std::move(url), std::move(done)); },
      .catch_up = catch_up_options(),
      .segments = settings_.segments,
      .on_database_time = [this](Time database_now, Steady sent) { clock_.measure(database_now, sent); },
      .on_refused_fold =
          [this](const RunId& run, const std::string& why) {
            logger_.warn("a stored fold is dropped, the log is folded instead",
                         {{"run", to_string(run)}, {"problem", why}});
          },
      .http_counts = [this] { return server_->counts(); },
      .log_counts =
          [this] {
            const auto counts = log_->counts();
            return LogCounts{.commits = counts.commits,
                             .rows = counts.rows,
                             .lost = counts.lost,
                             .retries = counts.retries,
                             .reconnects = counts.reconnects,
                             .commit_micros = counts.commit_micros,
                             .waiting_rows = counts.waiting_rows,
                             .waiting_bytes = counts.waiting_bytes};
          },
  };
  services_ = std::make_unique<Services>(Services::Ports{.loop = loop_,
                                                         .clock = clock_,
                                                         .random = random_,
                                                         .events = log_->events(),
                                                         .intake = log_->intake(),
                                                         .catalog = log_->catalog(),
                                                         .ownership = log_->ownership(),
                                                         .slots = log_->slots(),
                                                         .pauses = log_->pauses(),
                                                         .run_ends = log_->run_ends(),
                                                         .held = log_->held(),
                                                         .link_key = log_->link_key(),
                                                         .past = log_->past(),
                                                         .schedules = log_->schedules(),
                                                         .library = log_->library(),
                                                         .folds = log_->folds(),
                                                         .listeners = log_->listeners(),
                                                         .bus = *bus_,
                                                         .metrics = metrics_},
                                         std::move(options));
}

void DispatcherApp::handle(http::Request request, http::Responder responder) {
  if (services_) return services_->handle(std::move(request), std::move(responder));
  answer_while_starting(request, std::move(responder));
}

void DispatcherApp::answer_while_starting(const http::Request& request, http::Responder responder) const {
  if (!request.path.starts_with("/webhooks/")) {
    if (auto refusal = guard_.check(request)) return responder.send(std::move(*refusal));
  }
  if (request.path == "/health") {
    return responder.send(http::Response::json(200, R"({"status":"ok","version":")" +
                                                        std::string(CALLBOARD_VERSION) +
                                                        R"(","badWorkflows":[],"pauses":[]})"));
  }
  if (request.path == "/ready") {
    return responder.send(
        http::Response::json(503, R"({"ready":false,"workflowsLoaded":false,"bus":false,"leases":false})"));
  }
  http::Response response =
      http::make_problem(503, "the dispatcher is starting: the database can't be reached yet");
  response.headers.emplace_back("Retry-After", "5");
  responder.send(std::move(response));
}

void DispatcherApp::on_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    if (stopping_) return end(1);  // told twice: at once
    on_signal();
    stop();
  });
}

void DispatcherApp::stop() {
  stopping_ = true;
  logger_.info("stopping");
  loop_.after(kStopMost, [this] { end(0); });
  server_->stop([this] {
    if (!services_) return end(0);
    services_->stop([this] { bus_->close([this] { end(0); }); });
  });
}

void DispatcherApp::end(int status) {
  status_ = status;
  logger_.info("stopped");
  loop_.stop();
}

}  // namespace
}  // namespace callboard::dispatcher

int main(int argc, char** argv) {
  using namespace callboard;
  auto read = config::read_server_settings(config::Program::dispatcher,
                                           "Takes in webhooks, decides what runs, and answers the API.", argc,
                                           argv, CALLBOARD_VERSION);
  if (!read) return read.error();
  auto settings = config::make_dispatcher_settings(*read, config::find_webhook_secrets());
  if (!settings) {
    std::fputs(config::format_problems(settings.error()).c_str(), stderr);
    return 2;
  }
  config::erase_secret_variables();
  return dispatcher::DispatcherApp(std::move(*settings)).run();
}
