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

 protected:
  NatsServer& server() { return server_; }

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

}  // namespace
}  // namespace callboard::test
