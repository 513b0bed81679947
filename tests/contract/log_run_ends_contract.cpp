#include "shared/log/run_ends.hpp"
#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

using Ends = std::vector<log::RunEnds::End>;

bool listen(LogHouse& house, LogProcess& process, const std::vector<std::string>& workflows) {
  const auto listened =
      await<bool>(house.loop(), [&](auto done) { process.run_ends().listen(workflows, std::move(done)); });
  EXPECT_TRUE(listened) << listened.error().message;
  return listened.value_or(false);
}

Ends read(LogHouse& house, LogProcess& process, int limit = 100) {
  std::vector<Partition> all;
  for (Partition i = 0; i < limits::kPartitions; ++i) all.push_back(i);
  const auto ends =
      await<Ends>(house.loop(), [&](auto done) { process.run_ends().read(all, limit, std::move(done)); });
  EXPECT_TRUE(ends) << ends.error().message;
  return ends.value_or(Ends());
}

bool remove(LogHouse& house, LogProcess& process, const Ends& ends) {
  return await<bool>(house.loop(), [&](auto done) { process.run_ends().remove(ends, std::move(done)); })
      .value_or(false);
}

log::Append closing(log::Append row, run::EventType type) {
  row.type = type;
  row.close = log::Append::Close{
      .phase = type == run::EventType::run_failed ? run::RunPhase::failed : run::RunPhase::completed,
      .free_keys = {}};
  return row;
}

}  // namespace

TEST_P(LogContract, TheCloseOfAListenedRunLeavesAnEnd) {
  const RunId run = make_run();
  ASSERT_TRUE(listen(*house_, *one_, {"review", "review", "other"}));
  ASSERT_TRUE(listen(*house_, *other_, {"review"}));
  ASSERT_TRUE(append(*one_, closing(make_row(run, "d/1"), run::EventType::run_completed)));

  const Ends ends = read(*house_, *other_);

  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].run, run);
  EXPECT_EQ(ends[0].decision, 1u);
  EXPECT_EQ(ends[0].partition, partition_of(run, limits::kPartitions));
}

TEST_P(LogContract, AnEndStaysUntilItIsRemoved) {
  ASSERT_TRUE(listen(*house_, *one_, {"review"}));
  const RunId first = make_run();
  const RunId second = make_run();
  for (const RunId& run : {first, second})
    ASSERT_TRUE(append(*one_, closing(make_row(run, "d/1"), run::EventType::run_failed)));
  ASSERT_EQ(read(*house_, *one_, 1).size(), 1u) << "as many as asked for";
  const Ends both = read(*house_, *other_);
  ASSERT_EQ(both.size(), 2u);

  EXPECT_TRUE(remove(*house_, *other_, {both[0]}));
  EXPECT_TRUE(remove(*house_, *other_, {both[0]})) << "twice is once";

  EXPECT_EQ(read(*house_, *one_), Ends{both[1]});
}

TEST_P(LogContract, NobodyListensToOtherWorkflows) {
  ASSERT_TRUE(listen(*house_, *one_, {"another"}));
  const RunId run = make_run();
  ASSERT_TRUE(append(*one_, closing(make_row(run, "d/1"), run::EventType::run_completed)));
  EXPECT_TRUE(read(*house_, *one_).empty());
}

TEST_P(LogContract, ARewoundRunEndsAgain) {
  ASSERT_TRUE(listen(*house_, *one_, {"review"}));
  const RunId run = make_run();
  ASSERT_TRUE(append(*one_, closing(make_row(run, "d/1"), run::EventType::run_failed)));
  log::Append rewind = make_row(run, "d/2");
  rewind.type = run::EventType::run_rewound;
  rewind.reopens = true;
  ASSERT_TRUE(append(*one_, std::move(rewind)));
  ASSERT_TRUE(append(*one_, closing(make_row(run, "d/3"), run::EventType::run_completed)));

  const Ends ends = read(*house_, *one_);

  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].decision, 1u);
  EXPECT_EQ(ends[1].decision, 3u);
}

}  // namespace callboard::test
