#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/blocking_pool.hpp"
#include "shared/value/read.hpp"
#include "worker/steps/registry.hpp"

namespace callboard::test {

using namespace std::chrono_literals;

/// Real executors on a real loop, one step at a time.
class StepTest : public testing::Test {
 public:
  explicit StepTest(std::vector<std::string> allowed = {}) : http(loop, *http::Reach::make(allowed)) {}

  worker::Executors& executors() {
    if (!executors_) {
      executors_ = std::make_unique<worker::Executors>(
          worker::make_executors({loop, http, processes, files, process_limits, providers}));
    }
    return *executors_;
  }

  static worker::StepCall make_call(std::string_view params) {
    worker::StepCall call;
    call.run = RunId{Uuid{{7}}};
    call.workflow = "test";
    call.step = "a";
    auto value = read_json(params);
    EXPECT_TRUE(value) << params;
    if (value) call.params = std::move(*value);
    call.timeout = 20s;
    return call;
  }
  /// Begins a step; its outcome is in `outcome` once it is done.
  void begin(std::string_view executor, worker::StepCall call) {
    outcome.reset();
    auto begun = executors().find(executor)->begin(
        std::move(call), [this](run::Outcome ended) { outcome = std::move(ended); });
    if (auto* at_once = std::get_if<run::Outcome>(&begun)) {
      outcome = std::move(*at_once);
    } else {
      execution = std::move(std::get<std::unique_ptr<worker::Execution>>(begun));
    }
  }
  template <typename Condition>
  bool wait_until(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop.context().run_one_for(10ms);
    }
    return true;
  }
  run::Outcome wait() {
    EXPECT_TRUE(wait_until([&] { return outcome.has_value(); }));
    execution.reset();
    return outcome.value_or(run::Outcome());
  }
  run::Outcome execute(std::string_view executor, std::string_view params) {
    begin(executor, make_call(params));
    return wait();
  }
  static Value result_of(const run::Outcome& done) {
    EXPECT_EQ(done.type, run::EventType::step_completed) << done.error.message;
    auto value = read_json(done.result);
    EXPECT_TRUE(value) << done.result;
    return value ? *value : Value();
  }

  runtime::AsioLoop loop;
  http::Client http;
  sandbox::ProcessHost processes{loop};
  runtime::BlockingPool files{1, 64};
  sandbox::ProcessLimits process_limits;
  worker::Endpoints providers;
  std::optional<run::Outcome> outcome;
  std::unique_ptr<worker::Execution> execution;

 private:
  std::unique_ptr<worker::Executors> executors_;
};

}  // namespace callboard::test
