#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/http_connection.hpp"
#include "shared/base/time.hpp"

namespace callboard::loadtest {

using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;

/// One run as its client saw it. An id means that it was accepted: somebody was told 201, or after an unclear
/// answer 200 for the same idempotency key.
struct KeptRun {
  std::string id;
  SteadyTime asked;     // first
  SteadyTime accepted;  // with an id
  SteadyTime closed;    // of one that was seen closed
  bool found_by_key = false;
  bool was_closed = false;
  bool was_right = false;
};

/// A closed loop of runs that goes on while servers come and go: so many are in flight, each is asked for
/// under an idempotency key of its own until the answer is clear, and then awaited by its id. Whoever gets no
/// answer, or a 5xx, asks again after kPause. Runs on a thread of its own; calls may come from one other.
class KeptRuns {
 public:
  static constexpr Micros kPause = std::chrono::milliseconds(50);

  struct Plan {
    Target target;
    std::string workflow;  // slug
    std::string inputs = "{}";
    std::size_t in_flight = 1;
    std::size_t most = 0;     // runs in all; 0: until stop_starting()
    bool await_close = true;  // false: a run is over for its client once it is accepted
    std::function<bool(std::string_view run)> is_right{};  // of a closed one, as the API shows it
  };
  explicit KeptRuns(Plan plan);
  /// Drops what is in flight.
  ~KeptRuns();
  KeptRuns(const KeptRuns&) = delete;
  KeptRuns& operator=(const KeptRuns&) = delete;

  /// When runs were over, from `from` on, in seconds since `zero` (below 0: before it), in order.
  std::vector<double> over_since(SteadyTime from, SteadyTime zero) const;
  void stop_starting();
  /// True once nothing is in flight and nothing will be; false after `most`. Stop starting first, unless
  /// Plan::most says when it ends.
  bool wait_over(Micros most);
  /// A copy, in the order in which they were asked for.
  std::vector<KeptRun> runs() const;
  /// Answers that no client of a healthy stack gets: a 4xx to a start, or about a run that was accepted. The
  /// client asks again all the same, and leaves its run after ten seconds of them. And what the first of them
  /// said.
  struct Refused {
    std::size_t times = 0;
    std::string first;
  };
  Refused refused() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace callboard::loadtest
