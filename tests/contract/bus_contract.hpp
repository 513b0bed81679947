#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/base/ports.hpp"
#include "topics/bus.hpp"

/// What every adapter of the bus owes. An adapter's test program gives a BusUnderTest and instantiates the
/// suite.
namespace callboard::test {

/// A bus with a broker of its own, and time that the test makes pass.
class BusUnderTest {
 public:
  virtual ~BusUnderTest() = default;

  /// A process's end, connected.
  virtual std::unique_ptr<topics::Bus> connect() = 0;
  /// Runs the loop until `holds`, or gives up: false.
  virtual bool run_until(const std::function<bool()>& holds, Micros at_most) = 0;

  virtual void purge() = 0;
  /// The stream is deleted; whoever needs it makes it anew.
  virtual void remake() = 0;
  virtual void go_away() = 0;
  virtual void come_back() = 0;
};

/// An adapter: how its tests are named, and how one is made.
struct BusAdapter {
  std::string name;
  std::function<std::unique_ptr<BusUnderTest>()> make;

  friend void PrintTo(const BusAdapter& adapter, std::ostream* out) { *out << adapter.name; }
};

/// A worker: keeps what arrives.
struct Taker {
  explicit Taker(topics::Bus& bus, std::string pool = "default") : source(bus.make_source(std::move(pool))) {
    source->start([this](topics::JobDelivery job) { jobs.push_back(std::move(job)); });
  }

  std::unique_ptr<topics::JobSource> source;
  std::vector<topics::JobDelivery> jobs;
};

class BusContract : public testing::TestWithParam<BusAdapter> {
 protected:
  static constexpr Micros kSoon = std::chrono::seconds(10);

  std::unique_ptr<BusUnderTest> world = GetParam().make();

  bool runs_until(const std::function<bool()>& holds, Micros at_most = kSoon) {
    return world->run_until(holds, at_most);
  }
  /// Time passes, whatever happens in it.
  void pass(Micros time) {
    runs_until([] { return false; }, time);
  }
  /// Publishes and waits for the broker's word.
  Result<topics::Receipt> publish(topics::Bus& bus, std::string_view id, std::string bytes = "{}",
                                  std::string_view pool = "default") {
    std::optional<Result<topics::Receipt>> answer;
    bus.jobs().publish(pool, id, std::move(bytes),
                       [&](Result<topics::Receipt> receipt) { answer = std::move(receipt); });
    EXPECT_FALSE(answer.has_value()) << "a callback ran inside the call";
    EXPECT_TRUE(runs_until([&] { return answer.has_value(); }));
    return answer.value_or(fail(ErrorCode::internal, "no answer"));
  }
  /// A stream that was lost is made by whoever misses it: the first to publish may learn that.
  Result<topics::Receipt> publish_again(topics::Bus& bus, std::string_view id) {
    auto receipt = publish(bus, id);
    for (int i = 0; i < 3 && !receipt; ++i) receipt = publish(bus, id);
    return receipt;
  }
  /// "held", "gone", or "no proof".
  std::string probe(topics::Bus& bus, const topics::Receipt& receipt, std::string_view id) {
    std::string answer;
    bus.jobs().probe(receipt, id, [&](Result<bool> held) {
      answer = !held ? "no proof" : *held ? "held" : "gone";
    });
    EXPECT_TRUE(runs_until([&] { return !answer.empty(); }));
    return answer;
  }
};

}  // namespace callboard::test
