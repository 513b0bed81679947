// A workflow that one dispatcher has answered for, as the other one sees it.
#include <gtest/gtest.h>

#include <chrono>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

constexpr int kRounds = 4;
/// Far beyond what two words a round on the bus take, and half of what they take where each is lost: every
/// change but the first then waits for a look of its own at the catalog, 3 s behind the one before.
constexpr auto kAllRounds = 10s;

std::string listening_workflow(const std::string& name, const std::string& event) {
  return "name: " + name + "\non: {github: " + event + "}\nsteps: [{key: a, type: noop}]\n";
}

class TwoDispatchers : public testing::Test {
 protected:
  TwoDispatchers() {
    house_.start_all();
    other_ = house_.make_replica();
  }

  RawClient::Answer ask_other(std::string_view target) { return ask(other_.port, "GET", target); }
  bool is_other_ready() {
    return eventually([&] { return ask_other("/ready").status == 200; });
  }
  /// The runs that a delivery of its own to the other dispatcher starts.
  Array deliver_to_other(std::string_view event) {
    const std::string id = "two-" + std::to_string(++deliveries_);
    const std::string_view body = R"({"sender":{"login":"mona","type":"User"}})";
    const auto answer = ask(other_.port, "POST", "/webhooks/github", github_headers(event, id, body), body);
    EXPECT_EQ(answer.status, 202) << answer.body;
    const Value arrived = json_of(answer);
    const Value* runs = find(&arrived, "runs");
    return runs == nullptr ? Array() : runs->as_array();
  }

  House house_;
  House::Replica other_;
  int deliveries_ = 0;
};

TEST_F(TwoDispatchers, KnowEachOthersTriggersWithoutWaitingForALook) {
  ASSERT_TRUE(is_other_ready());
  const auto begin = std::chrono::steady_clock::now();

  for (int round = 0; round < kRounds; ++round) {
    // a workflow that is registered with one starts by a delivery to the other
    ASSERT_EQ(house_.register_workflow(listening_workflow("moving", "push")), 201);
    Array runs;
    ASSERT_TRUE(eventually([&] { return !(runs = deliver_to_other("push")).empty(); }));
    const Value run = house_.wait_for_run(std::string(runs.at(0).as_string()));
    EXPECT_EQ(find_text(&run, "workflow"), "moving") << write_json(run);

    // and one that has lost its trigger does not
    ASSERT_EQ(house_.register_workflow("name: moving\nsteps: [{key: a, type: noop}]\n"), 201);
    ASSERT_TRUE(eventually([&] { return deliver_to_other("push").empty(); }));
  }

  EXPECT_LT(std::chrono::steady_clock::now() - begin, kAllRounds);
}

TEST_F(TwoDispatchers, KnowEachOthersWorkflowsThoughTheBusWasAway) {
  ASSERT_TRUE(is_other_ready());
  house_.nats().stop();
  ASSERT_TRUE(eventually([&] { return ask_other("/ready").status != 200; }));

  ASSERT_EQ(house_.register_workflow(listening_workflow("quiet", "watch")), 201);

  EXPECT_TRUE(eventually([&] { return !deliver_to_other("watch").empty(); }));
}

}  // namespace
}  // namespace callboard::test
