// GET /metrics: Prometheus's text format.
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "dispatcher/api/resources.hpp"

namespace callboard::dispatcher {
namespace {

/// A counter whose total is kept elsewhere.
class Total {
 public:
  explicit Total(telemetry::Counter counter) : counter_(counter) {}
  void set(double total) {
    if (total > last_) counter_.add(total - last_);
    last_ = total;
  }

 private:
  telemetry::Counter counter_;
  double last_ = 0;
};

double number(std::uint64_t count) { return static_cast<double>(count); }

/// The series whose values are read when somebody looks.
class Scrape {
 public:
  explicit Scrape(telemetry::Metrics& metrics);
  void read(const Context& context);

 private:
  void read_engine(const Engine::Counts& counts);
  void read_log(const LogCounts& counts);
  void read_http(const http::Server::Counts& counts);

  telemetry::Gauge partitions_, open_runs_, outstanding_, waiting_, timers_, ready_, bus_, workers_,
      workflows_, pauses_;
  Total closed_, folded_, decided_, published_, republished_, lost_, overdue_, set_aside_;
  Total commits_, rows_, rows_lost_, retries_, reconnects_, commit_seconds_;
  telemetry::Gauge queue_rows_, queue_bytes_, connections_, body_bytes_;
  Total requests_, timeouts_;
  std::vector<Total> answers_;  // by the first digit of the status, from 2
};

Scrape::Scrape(telemetry::Metrics& m)
    : partitions_(m.gauge("callboard_partitions", "Partitions that this dispatcher owns")),
      open_runs_(m.gauge("callboard_open_runs", "Open runs in memory")),
      outstanding_(m.gauge("callboard_jobs_outstanding", "Jobs published and without an outcome")),
      waiting_(m.gauge("callboard_jobs_waiting", "Jobs that wait for their turn")),
      timers_(m.gauge("callboard_timers", "Durable timers armed")),
      ready_(m.gauge("callboard_ready", "1 if leases are held and fresh")),
      bus_(m.gauge("callboard_bus_connected", "1 if the bus is connected")),
      workers_(m.gauge("callboard_workers", "Workers heard of")),
      workflows_(m.gauge("callboard_workflows", "Current workflows")),
      pauses_(m.gauge("callboard_pauses", "Pauses that stand over a workflow, a source or everything")),
      closed_(m.counter("callboard_runs_closed_total", "Runs closed by this dispatcher")),
      folded_(m.counter("callboard_events_folded_total", "Events folded")),
      decided_(m.counter("callboard_decisions_total", "Rows of decisions appended")),
      published_(m.counter("callboard_jobs_published_total", "Jobs published")),
      republished_(m.counter("callboard_jobs_republished_total", "Jobs that the bus had lost")),
      lost_(m.counter("callboard_decisions_lost_total", "Rows of decisions that another owner had written")),
      overdue_(m.counter("callboard_overdue_reads_total", "Overdue attempts read again")),
      set_aside_(m.counter("callboard_runs_set_aside_total", "Runs whose fold failed")),
      commits_(m.counter("callboard_log_commits_total", "Transactions of appends and arrivals")),
      rows_(m.counter("callboard_log_rows_total", "Rows appended")),
      rows_lost_(m.counter("callboard_log_rows_lost_total", "Rows that met another under their key")),
      retries_(m.counter("callboard_log_retries_total", "Transactions sent again")),
      reconnects_(m.counter("callboard_log_reconnects_total", "Connections to the database made again")),
      commit_seconds_(m.counter("callboard_log_commit_seconds_total", "Time spent in commits")),
      queue_rows_(m.gauge("callboard_log_queue_rows", "Rows that wait for the database")),
      queue_bytes_(m.gauge("callboard_log_queue_bytes", "Bytes that wait for the database")),
      connections_(m.gauge("callboard_http_connections", "Open HTTP connections")),
      body_bytes_(m.gauge("callboard_http_body_bytes", "Bytes of the bodies of unanswered requests")),
      requests_(m.counter("callboard_http_requests_total", "HTTP requests")),
      timeouts_(m.counter("callboard_http_timeouts_total", "Connections cut off for being slow")) {
  for (const char* status : {"2xx", "3xx", "4xx", "5xx"}) {
    answers_.emplace_back(
        m.counter("callboard_http_answers_total", "HTTP answers by status", {{"status", status}}));
  }
}

void Scrape::read_engine(const Engine::Counts& counts) {
  partitions_.set(number(counts.partitions));
  open_runs_.set(number(counts.open_runs));
  outstanding_.set(number(counts.outstanding_jobs));
  waiting_.set(number(counts.waiting_jobs));
  timers_.set(number(counts.timers));
  closed_.set(number(counts.runs_closed));
  folded_.set(number(counts.events_folded));
  decided_.set(number(counts.rows_decided));
  published_.set(number(counts.jobs_published));
  republished_.set(number(counts.jobs_republished));
  lost_.set(number(counts.decisions_lost));
  overdue_.set(number(counts.overdue_reads));
  set_aside_.set(number(counts.set_aside));
}

void Scrape::read_log(const LogCounts& counts) {
  commits_.set(number(counts.commits));
  rows_.set(number(counts.rows));
  rows_lost_.set(number(counts.lost));
  retries_.set(number(counts.retries));
  reconnects_.set(number(counts.reconnects));
  commit_seconds_.set(number(counts.commit_micros) / 1e6);
  queue_rows_.set(number(counts.waiting_rows));
  queue_bytes_.set(number(counts.waiting_bytes));
}

void Scrape::read_http(const http::Server::Counts& counts) {
  connections_.set(number(counts.connections));
  body_bytes_.set(number(counts.body_bytes));
  requests_.set(number(counts.requests));
  timeouts_.set(number(counts.timeouts));
  for (std::size_t i = 0; i < answers_.size(); ++i) answers_[i].set(number(counts.answers[i + 2]));
}

void Scrape::read(const Context& context) {
  read_engine(context.engine.counts());
  read_log(context.log_counts());
  read_http(context.http_counts());
  ready_.set(context.engine.is_ready() ? 1 : 0);
  bus_.set(context.bus.is_connected() ? 1 : 0);
  workers_.set(static_cast<double>(context.engine.workers().size()));
  pauses_.set(static_cast<double>(context.engine.pauses().size()));
  workflows_.set(static_cast<double>(context.registry.workflows().list().size()));
}

}  // namespace

std::vector<Route> metrics_routes(Context& context) {
  // Shared by the copies of the handler.
  const auto scrape = std::make_shared<Scrape>(context.metrics);
  return {{.method = "GET",
           .pattern = "/metrics",
           .summary = "Measured series in Prometheus's text format",
           .query = {},
           .body = {},
           .answers = {{200, {}, "text/plain"}},
           .handle = [&context, scrape](Call call) {
             scrape->read(context);
             call.responder.send({.status = 200,
                                  .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                  .body = context.metrics.serialise(),
                                  .headers = {}});
           }}};
}

}  // namespace callboard::dispatcher
