#include "tests/contract/bus_contract.hpp"
#include "tests/support/sim_loop.hpp"
#include "topics/memory/memory_bus.hpp"

namespace callboard::test {
namespace {

class MemoryUnderTest final : public BusUnderTest {
 public:
  std::unique_ptr<topics::Bus> connect() override { return bus_.connect(loop_); }
  bool run_until(const std::function<bool()>& holds, Micros at_most) override {
    return time_.run_until(holds, at_most);
  }
  void purge() override { bus_.purge(); }
  void remake() override { bus_.remake(); }
  void go_away() override { bus_.set_available(false); }
  void come_back() override { bus_.set_available(true); }

 private:
  SimTime time_;
  SimLoop loop_{time_};
  SimClock clock_{time_};
  topics::MemoryBus bus_{loop_, clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, BusContract,
                         testing::Values(BusAdapter{"memory",
                                                    [] { return std::make_unique<MemoryUnderTest>(); }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace callboard::test
