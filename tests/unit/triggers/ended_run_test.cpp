#include "dispatcher/triggers/ended_run.hpp"

#include <gtest/gtest.h>

#include "shared/run/payload.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::dispatcher {
namespace {

using run::EventType;

/// Whether the end of such a run says that people from outside caused it.
bool says_untrusted(bool untrusted, bool needs_approval, EventType end) {
  const run::Graph graph = test::GraphBuilder().step("a").build();
  test::History history(graph);
  run::Created created;
  created.workflow = "build";
  created.hash = graph.hash;
  created.created_at = test::kStart;
  created.untrusted = untrusted;
  created.needs_approval = needs_approval;
  const run::Event first =
      history.event("d/0", EventType::run_created, run::encode_created(created, graph, {}));
  const run::Event last = history.event("d/1", end, R"({"v":1,"list":[{"type":"run.completed"}]})");
  const EndedRun ended = test::must(read_ended_run(first, last));
  return ended.payload.at("run").as_object().contains("untrusted");
}

TEST(EndedRun, CarriesOnWhoCausedIt) {
  EXPECT_FALSE(says_untrusted(false, false, EventType::run_completed));
  EXPECT_TRUE(says_untrusted(true, false, EventType::run_completed));
  EXPECT_TRUE(says_untrusted(true, false, EventType::run_failed));
}

TEST(EndedRun, OfOneThatWasApprovedIsTrusted) {
  EXPECT_FALSE(says_untrusted(true, true, EventType::run_completed));
  EXPECT_TRUE(says_untrusted(true, true, EventType::run_cancelled)) << "nobody may have approved it";
}

}  // namespace
}  // namespace callboard::dispatcher
