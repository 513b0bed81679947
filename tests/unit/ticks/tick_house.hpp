#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "dispatcher/services.hpp"
#include "shared/http/server/exchange.hpp"
#include "shared/run/payload.hpp"
#include "tests/support/sim_house.hpp"

/// Dispatchers with all their services on simulated time, and what they made of schedules.
namespace callboard::test {

/// One process. Destroying it is kill -9.
class SimServices {
 public:
  SimServices(SimHouse& house, std::uint64_t seed, log::Fates fates = {})
      : random_(seed),
        loop_(house.time),
        clock_(house.time),
        log_(loop_, clock_, house.tables, std::move(fates)),
        bus_(house.bus.connect(loop_)) {
    dispatcher::Services::Options options;
    options.name = "dispatcher " + std::to_string(seed);
    options.on_database_time = [this](Time at, Steady) { clock_.measure(at); };
    options.senders.push_back({.source = dispatcher::kGithub, .secrets = {}, .insecure = true});
    services_.emplace(dispatcher::Services::Ports{.loop = loop_,
                                                  .clock = clock_,
                                                  .random = random_,
                                                  .events = log_.events(),
                                                  .intake = log_.intake(),
                                                  .catalog = log_.catalog(),
                                                  .ownership = log_.ownership(),
                                                  .slots = log_.slots(),
                                                  .pauses = log_.pauses(),
                                                  .run_ends = log_.run_ends(),
                                                  .held = log_.held(),
                                                  .link_key = log_.link_key(),
                                                  .past = log_.past(),
                                                  .schedules = log_.schedules(),
                                                  .library = log_.library(),
                                                  .folds = log_.folds(),
                                                  .listeners = log_.listeners(),
                                                  .bus = *bus_,
                                                  .metrics = metrics_},
                      std::move(options));
    services_->start();
  }

  /// A webhook of GitHub's. `answered` gets the answer's status.
  void deliver(std::string_view event, std::string_view id, std::string body,
               std::function<void(int)> answered = {}) {
    http::Request request{.method = "POST",
                          .path = "/webhooks/github",
                          .query = {},
                          .headers = {},
                          .body = std::move(body),
                          .remote = "127.0.0.1"};
    request.headers.add("Content-Type", "application/json");
    request.headers.add("X-GitHub-Event", event);
    request.headers.add("X-GitHub-Delivery", id);
    services_->handle(std::move(request),
                      http::Responder(std::make_shared<Answered>(
                          [answered = std::move(answered)](const http::Response& response) {
                            if (answered) answered(response.status);
                          })));
  }
  /// A request of the API.
  void post(std::string path, std::string body, std::function<void(const http::Response&)> answered) {
    http::Request request{.method = "POST",
                          .path = std::move(path),
                          .query = {},
                          .headers = {},
                          .body = std::move(body),
                          .remote = "127.0.0.1"};
    request.headers.add("Host", "127.0.0.1");
    request.headers.add("Content-Type", "application/json");
    services_->handle(std::move(request), http::Responder(std::make_shared<Answered>(std::move(answered))));
  }
  void stop() {
    services_->stop([] {});
  }
  SimClock& clock() { return clock_; }
  SimLoop& loop() { return loop_; }

 private:
  class Answered final : public http::Exchange {
   public:
    explicit Answered(std::function<void(const http::Response&)> answered) : answered_(std::move(answered)) {}
    void answer(http::Response response) override { answered_(response); }
    void begin_stream(http::Response) override {}
    bool write_stream(std::string_view) override { return false; }
    std::size_t unsent() const override { return 0; }
    void when_sent(Task) override {}
    void end_stream() override {}
    void on_gone(Task) override {}

   private:
    std::function<void(const http::Response&)> answered_;
  };

  SimRandom random_;
  SimLoop loop_;
  SimClock clock_;
  log::MemoryLog log_;
  std::unique_ptr<topics::Bus> bus_;
  telemetry::Metrics metrics_;
  std::optional<dispatcher::Services> services_;
};

class TickHouse : public testing::Test {
 protected:
  /// As a folder watch does: the text becomes what its slug names.
  void put(const std::string& text) {
    const auto compiled = dispatcher::compile_workflow(text, "yaml", true);
    ASSERT_TRUE(compiled) << workflow::to_string(compiled.error(), "w");
    const run::Graph& graph = *compiled->graph;
    house_.tables.definitions[graph.hash] = {.slug = graph.slug,
                                             .name = graph.name,
                                             .version = {},
                                             .hash = graph.hash,
                                             .body = text,
                                             .format = "yaml",
                                             .at = house_.database_clock.now(),
                                             .current = true};
    house_.tables.current[graph.slug].hash = graph.hash;
  }
  /// A workflow `nightly` whose run takes `sleeps`.
  static std::string make_workflow(const std::string& schedule, const std::string& sleeps = "1s") {
    return "name: nightly\non: {schedule: " + schedule +
           "}\nsteps: [{key: rest, type: sleep, params: {for: " + sleeps + "}}]\n";
  }
  void run_for(Micros time) { house_.time.run_for(time); }
  Time now() const { return house_.database_clock.now(); }

  /// The account: "01:05:00 started", "02:00:00 skipped 7", oldest first.
  std::vector<std::string> account() const {
    std::map<Time, std::string> lines;
    for (const auto& [key, ticks] : house_.tables.ticks) {
      for (const auto& [at, tick] : ticks) {
        std::string& line = lines[at];
        line += (line.empty() ? "" : " | ") + format_time(at).substr(11, 8) + " " +
                std::string(to_string(tick.outcome));
        if (tick.caught_up) line += " caught up";
        if (tick.count != 1) line += " " + std::to_string(tick.count);
      }
    }
    std::vector<std::string> out;
    for (auto& [at, line] : lines) out.push_back(line);
    return out;
  }
  std::size_t run_count() const { return house_.tables.heads.size(); }
  /// Every tick that the account says was started has its run, and no other run stands.
  void expect_a_run_for_each_tick() const {
    std::set<RunId> runs;
    for (const auto& [key, ticks] : house_.tables.ticks) {
      for (const auto& [at, tick] : ticks) {
        if (!tick.run) continue;
        EXPECT_TRUE(runs.insert(*tick.run).second) << "two ticks have one run";
        EXPECT_TRUE(house_.tables.heads.contains(*tick.run));
      }
    }
    EXPECT_EQ(runs.size(), run_count());
  }

  SimHouse house_;
};

using Lines = std::vector<std::string>;

}  // namespace callboard::test
