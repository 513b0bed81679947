#include <nats/nats.h>

#include <chrono>
#include <stdexcept>

#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/system_clock.hpp"
#include "tests/contract/bus_contract.hpp"
#include "tests/support/nats_server.hpp"
#include "topics/nats/nats_bus.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

class NatsUnderTest final : public BusUnderTest {
 public:
  NatsUnderTest() {
    if (!server_.start()) throw std::runtime_error("nats-server does not start");
  }

  std::unique_ptr<topics::Bus> connect() override {
    auto bus = topics::make_nats_bus(loop_, clock_, {.url = server_.url(), .name = "contract"});
    EXPECT_TRUE(run_until([&] { return bus->health().is_connected(); }, 10s));
    return bus;
  }

  bool run_until(const std::function<bool()>& holds, Micros at_most) override {
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      loop_.context().run_one_until(std::min(end, std::chrono::steady_clock::now() + 10ms));
    }
    return true;
  }

  void purge() override { administrate("$JS.API.STREAM.PURGE.CALLBOARD_JOBS"); }
  void remake() override { administrate("$JS.API.STREAM.DELETE.CALLBOARD_JOBS"); }
  void go_away() override { server_.stop(); }
  void come_back() override { EXPECT_TRUE(server_.start()); }

  NatsServer& server() { return server_; }
  runtime::AsioLoop& loop() { return loop_; }
  const Clock& clock() const { return clock_; }

 private:
  /// What an administrator does, by a connection of its own.
  void administrate(const char* request) {
    natsConnection* connection = nullptr;
    natsMsg* answer = nullptr;
    ASSERT_EQ(natsConnection_ConnectTo(&connection, server_.url().c_str()), NATS_OK);
    ASSERT_EQ(natsConnection_RequestString(&answer, connection, request, "", 5'000), NATS_OK);
    const std::string_view text(natsMsg_GetData(answer),
                                static_cast<std::size_t>(natsMsg_GetDataLength(answer)));
    EXPECT_NE(text.find("\"success\":true"), std::string_view::npos) << text;
    natsMsg_Destroy(answer);
    natsConnection_Destroy(connection);
  }

  NatsServer server_;
  runtime::SystemClock clock_;
  runtime::AsioLoop loop_;
};

INSTANTIATE_TEST_SUITE_P(Nats, BusContract,
                         testing::Values(BusAdapter{"nats",
                                                    [] { return std::make_unique<NatsUnderTest>(); }}),
                         [](const auto& tested) { return tested.param.name; });

std::optional<Result<topics::Receipt>> publish(NatsUnderTest& world, topics::Bus& bus, std::string_view id) {
  std::optional<Result<topics::Receipt>> answer;
  bus.jobs().publish("default", id, "{}", [&](auto receipt) { answer = std::move(receipt); });
  EXPECT_TRUE(world.run_until([&] { return answer.has_value(); }, 10s));
  return answer;
}

TEST(NatsBus, goes_on_after_kill_9_and_the_loss_of_all_data) {
  NatsUnderTest world;
  const auto bus = world.connect();
  Taker taker(*bus);
  taker.source->want(4);
  const auto before = publish(world, *bus, "run/1");
  ASSERT_TRUE(before && *before);
  ASSERT_TRUE(world.run_until([&] { return taker.jobs.size() == 1; }, 10s));

  world.server().kill();
  world.server().delete_data();
  ASSERT_TRUE(world.server().start());
  ASSERT_TRUE(world.run_until([&] { return !bus->health().is_connected(); }, 10s));
  ASSERT_TRUE(world.run_until([&] { return bus->health().is_connected(); }, 10s));
  const auto after = publish(world, *bus, "run/2");

  ASSERT_TRUE(after && *after);
  EXPECT_NE((*after)->stream, (*before)->stream);
  EXPECT_TRUE(world.run_until([&] { return taker.jobs.size() == 2; }, 10s));
}

TEST(NatsBus, a_server_that_says_nothing_counts_as_away) {
  NatsUnderTest world;
  const auto bus = world.connect();

  world.server().freeze();
  EXPECT_TRUE(world.run_until([&] { return !bus->health().is_connected(); }, 30s));
  world.server().thaw();

  EXPECT_TRUE(world.run_until([&] { return bus->health().is_connected(); }, 30s));
}

TEST(NatsBus, can_be_closed_and_destroyed_while_nobody_answers) {
  NatsUnderTest world;
  auto bus = world.connect();
  auto never_connected =
      topics::make_nats_bus(world.loop(), world.clock(), {.url = "nats://127.0.0.1:1", .name = "alone"});
  world.go_away();
  ASSERT_TRUE(world.run_until([&] { return !bus->health().is_connected(); }, 10s));
  bool published = false;
  bus->jobs().publish("default", "run/1", "{}", [&](const auto&) { published = true; });

  bool closed = false;
  bus->close([&] { closed = true; });
  EXPECT_TRUE(world.run_until([&] { return closed; }, 5s));
  bus.reset();
  never_connected.reset();
  world.run_until([] { return false; }, 200ms);

  EXPECT_FALSE(published) << "what waited for an answer gets none";
}

}  // namespace
}  // namespace callboard::test
