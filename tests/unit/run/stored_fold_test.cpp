#include "shared/run/stored_fold.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "shared/value/sha256.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::History;
using test::must;

Graph make_graph() {
  Graph graph = GraphBuilder()
                    .step("lint")
                    .retry(3)
                    .step("go")
                    .wait(R"({"signal":"go"})")
                    .step("build")
                    .after("lint", "go")
                    .build();
  return graph;
}

/// Something of everything that a state can hold: an outcome and a row that came early, a fact of a
/// generation that is not yet, a command, signals, one of them consumed.
FoldPoint make_point(const Graph& graph) {
  History history(graph);
  std::vector<Event> events{history.created(R"({"text":"a \"quoted\" thing"})"),
                            history.started("lint"),
                            history.failed("lint", ErrorClass::network),
                            history.signal("s1", "go", "[1]"),
                            history.signal("s2", "other"),
                            history.command("c1", "pause")};
  Decision consumed{.type = EventType::signal_consumed, .step = graph.find("go")};
  consumed.consumes = {"signal/s1"};
  events.push_back(history.decided(1, {consumed}));
  events.push_back(history.decided(3, {{.type = EventType::run_paused}}));
  events.push_back(history.completed("build"));
  events.push_back(history.failed("lint", ErrorClass::exit, 3));
  history.generation = 2;
  events.push_back(history.completed("lint", "7"));
  CheckpointWalk walk(graph, test::kRun);
  for (const Event& event : events) must(walk.fold(event));
  Checkpoint checkpoint{.id = "1.0.0123456789abcdef", .level = 2, .position = 11};
  checkpoint.decisions = walk.state().decisions;
  checkpoint.at = history.at;
  return {.checkpoint = checkpoint, .chain = walk.chain(), .events = walk.events(), .state = walk.state()};
}

/// The bytes with a header that fits what stands behind it.
std::string seal(const std::string& body) {
  return "fold " + std::to_string(kStoredFoldVersion) + " " + to_hex(sha256(body)) + "\n" + body;
}
std::string body_of(const std::string& bytes) { return bytes.substr(bytes.find('\n') + 1); }

std::string why_refused(const Graph& graph, const std::string& bytes, const FoldPoint* base = nullptr) {
  const auto point = decode_fold(graph, test::kRun, bytes, base);
  return point ? "it was read" : point.error().message;
}

TEST(StoredFold, ReadsAsItWasWritten) {
  const Graph graph = make_graph();
  const FoldPoint point = make_point(graph);
  const FoldPoint read = must(decode_fold(graph, test::kRun, must(encode_fold(graph, point)), nullptr));
  EXPECT_EQ(test::describe(graph, read.state), test::describe(graph, point.state));
  EXPECT_EQ(read.checkpoint.id, point.checkpoint.id);
  EXPECT_EQ(read.checkpoint.level, point.checkpoint.level);
  EXPECT_EQ(read.checkpoint.position, point.checkpoint.position);
  EXPECT_EQ(read.checkpoint.decisions, point.checkpoint.decisions);
  EXPECT_EQ(read.checkpoint.at, point.checkpoint.at);
  EXPECT_EQ(read.chain, point.chain);
  EXPECT_EQ(read.events, point.events);
  EXPECT_EQ(read.state.attention.size(), graph.steps.size());
  EXPECT_TRUE(read.state.attention_run);
}

TEST(StoredFold, ItsBytesAreThoseOfTheGoldenFile) {
  const Graph graph = make_graph();
  const auto golden = std::filesystem::path(CALLBOARD_SOURCE) / "tests/golden/folds/v2.fold";
  std::ostringstream stored;
  stored << std::ifstream(golden, std::ios::binary).rdbuf();
  EXPECT_EQ(must(encode_fold(graph, make_point(graph))), stored.str());
}

TEST(StoredFold, OfWhatChangedHoldsThoseStepsAlone) {
  const Graph graph = make_graph();
  const FoldPoint base = make_point(graph);
  FoldPoint later = base;
  later.checkpoint.id = "1.1.ff";
  later.state.steps[2].result = R"({"n":1})";
  const std::string changes = must(encode_changes(graph, later, base));
  EXPECT_TRUE(changes.contains(R"("steps":[{"key":"build")")) << changes;
  EXPECT_FALSE(changes.contains(R"({"key":"lint")")) << changes;
  const FoldPoint read = must(decode_fold(graph, test::kRun, changes, &base));
  EXPECT_EQ(test::describe(graph, read.state), test::describe(graph, later.state));
}

TEST(StoredFold, IsNotReadWithoutTheOneThatItRestsOn) {
  const Graph graph = make_graph();
  const FoldPoint base = make_point(graph);
  FoldPoint other = base;
  other.checkpoint.id = "1.0.other";
  const std::string changes = must(encode_changes(graph, base, base));
  EXPECT_TRUE(why_refused(graph, changes).contains("rests on another"));
  EXPECT_TRUE(why_refused(graph, changes, &other).contains("rests on another"));
  EXPECT_TRUE(why_refused(graph, must(encode_fold(graph, base)), &base).contains("rests on another"));
}

TEST(StoredFold, OfAnotherVersionRunOrDefinitionIsNotRead) {
  Graph graph = make_graph();
  const std::string bytes = must(encode_fold(graph, make_point(graph)));
  EXPECT_TRUE(why_refused(graph, "fold 9" + bytes.substr(6)).contains("another version"));
  EXPECT_FALSE(decode_fold(graph, RunId{Uuid{{1}}}, bytes, nullptr));
  graph.hash = std::string(64, '1');
  EXPECT_TRUE(why_refused(graph, bytes).contains("another definition"));
}

TEST(StoredFold, NoDamageIsRead) {
  const Graph graph = make_graph();
  const std::string bytes = must(encode_fold(graph, make_point(graph)));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(why_refused(graph, damaged), "a stored fold: damaged, or of another version") << i;
    EXPECT_FALSE(decode_fold(graph, test::kRun, bytes.substr(0, i), nullptr)) << i;
  }
}

TEST(StoredFold, BytesThatAreSealedButNotWholeAreRefusedWithTheReason) {
  const Graph graph = make_graph();
  const std::string body = body_of(must(encode_fold(graph, make_point(graph))));
  const auto with = [&](std::string_view part, std::string_view other) {
    std::string changed = body;
    changed.replace(changed.find(part), part.size(), other);
    return why_refused(graph, seal(changed));
  };
  EXPECT_TRUE(with(R"("phase":"deciding")", R"("phase":"resting")").contains("phase"));
  EXPECT_TRUE(with(R"("openSteps")", R"("closedSteps")").contains("closedSteps"));
  EXPECT_TRUE(with(R"({"key":"build")", R"({"key":"built")").contains("has not"));
  EXPECT_TRUE(with(R"("chain")", R"("chains")").contains("not whole"));
  EXPECT_TRUE(with(R"("state")", R"("states")").contains("not whole"));
  EXPECT_TRUE(with(R"("writer":"0")", R"("writer":"x")").contains("waits"));
  EXPECT_TRUE(with(R"("type":22)", R"("type":0)").contains("waits"));
  EXPECT_TRUE(with(R"("type":22)", R"("type":65558)").contains("waits"));
  EXPECT_TRUE(with(R"("created")", R"("signals")").contains("no created run"));
  EXPECT_EQ(why_refused(graph, seal(body)), "it was read");
}

TEST(StoredFold, AStateInWhichBytesWaitThatAreNoJsonIsNotStored) {
  const Graph graph = make_graph();
  FoldPoint point = make_point(graph);
  point.state.later_facts.begin()->second.data = "{";
  EXPECT_FALSE(encode_fold(graph, point));
}

TEST(StoredFold, IsComparedWithTheLogUpToItsCheckpoint) {
  const Graph graph = GraphBuilder().step("a").step("b").after("a").build();
  History history(graph);
  const std::vector<Event> events{history.created(), history.completed("a"), history.completed("b")};
  CheckpointWalk walk(graph, test::kRun);
  must(walk.fold(events[0]));
  const Checkpoint checkpoint = must(walk.fold(events[1])).front();
  FoldPoint point{checkpoint, walk.chain(), walk.events(), walk.state()};
  EXPECT_EQ(find_fault(graph, point, events), std::nullopt);
  EXPECT_EQ(find_fault(graph, point, {events[0], events[2]}), "the log has no such checkpoint");
  point.state.steps[0].result = "7";
  EXPECT_EQ(find_fault(graph, point, events), "the events up to its checkpoint fold to another state");
}

TEST(StoredFold, AWalkGoesOnFromItToTheSameCheckpoints) {
  const Graph graph = GraphBuilder().step("a").step("b").after("a").build();
  History history(graph);
  const std::vector<Event> events{history.created(), history.completed("a"), history.completed("b")};
  CheckpointWalk whole(graph, test::kRun);
  must(whole.fold(events[0]));
  must(whole.fold(events[1]));
  CheckpointWalk rest(graph, whole.state(), whole.chain(), whole.events());
  const auto expected = must(whole.fold(events[2]));
  const auto points = must(rest.fold(events[2]));
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points.front().id, expected.front().id);
  EXPECT_EQ(rest.events(), 3u);
}

}  // namespace
}  // namespace callboard::run
