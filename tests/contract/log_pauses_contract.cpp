#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

Result<log::Pause> set(LogHouse& house, LogProcess& process, log::Pause pause) {
  return await<log::Pause>(house.loop(),
                           [&](auto done) { process.pauses().set(std::move(pause), std::move(done)); });
}

bool lift(LogHouse& house, LogProcess& process, const std::string& scope, const std::string& name) {
  const auto lifted =
      await<bool>(house.loop(), [&](auto done) { process.pauses().lift(scope, name, std::move(done)); });
  EXPECT_TRUE(lifted) << lifted.error().message;
  return lifted.value_or(false);
}

std::vector<std::string> list(LogHouse& house, LogProcess& process) {
  const auto standing = await<std::vector<log::Pause>>(
      house.loop(), [&](auto done) { process.pauses().list(std::move(done)); });
  EXPECT_TRUE(standing) << standing.error().message;
  std::vector<std::string> out;
  for (const log::Pause& pause : *standing) out.push_back(pause.scope + ":" + pause.name);
  return out;
}

}  // namespace

using Names = std::vector<std::string>;

TEST_P(LogContract, APauseThatStandsStaysAsItIs) {
  const auto first = set(*house_, *one_, {"workflow", "review", {}, "ada", "the api is down"});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->reason, "the api is down");
  EXPECT_LT(std::chrono::abs(first->at - house_->now()), std::chrono::minutes(1));

  const auto again = set(*house_, *other_, {"workflow", "review", {}, "bob", "other reasons"});

  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *first);
}

TEST_P(LogContract, PausesAreListedByScopeAndNameUntilTheyAreLifted) {
  for (const auto& [scope, name] : {std::pair("workflow", "b"), std::pair("source", "github"),
                                    std::pair("all", ""), std::pair("workflow", "a")}) {
    ASSERT_TRUE(set(*house_, *one_, {scope, name, {}, "ada", ""}));
  }
  EXPECT_EQ(list(*house_, *other_), (Names{"all:", "source:github", "workflow:a", "workflow:b"}));

  EXPECT_TRUE(lift(*house_, *other_, "workflow", "a"));
  EXPECT_FALSE(lift(*house_, *one_, "workflow", "a")) << "it stands no more";
  EXPECT_TRUE(lift(*house_, *one_, "all", ""));

  EXPECT_EQ(list(*house_, *one_), (Names{"source:github", "workflow:b"}));
}

TEST_P(LogContract, ABeatTellsADispatcherWhatIsPaused) {
  const Incarnation member = make_incarnation();
  ASSERT_TRUE(beat(*one_, member)->pauses.empty());
  const auto pause = set(*house_, *other_, {"source", "linear", {}, "ada", "quiet"});
  ASSERT_TRUE(pause);

  EXPECT_EQ(beat(*one_, member)->pauses, std::vector{*pause});
  EXPECT_TRUE(beat(*other_, make_incarnation(), log::Ownership::Role::worker)->pauses.empty())
      << "workers ask nothing of them";

  EXPECT_TRUE(lift(*house_, *other_, "source", "linear"));
  EXPECT_TRUE(beat(*one_, member)->pauses.empty());
}

TEST_P(LogContract, NoMorePausesStandThanALimitSays) {
  for (std::size_t i = 0; i < limits::kPauses; ++i) {
    ASSERT_TRUE(set(*house_, *one_, {"workflow", "w" + std::to_string(i), {}, "ada", ""}));
  }
  const auto refused = set(*house_, *one_, {"all", "", {}, "ada", ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_TRUE(set(*house_, *one_, {"workflow", "w7", {}, "ada", ""})) << "this one stands already";
}

}  // namespace callboard::test
