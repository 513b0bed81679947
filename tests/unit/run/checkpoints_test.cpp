#include "shared/run/checkpoints.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::History;

struct Point {
  std::string id;
  std::vector<std::string> ended;
};

std::vector<Point> walk(const Graph& graph, const std::vector<Event>& events) {
  std::vector<Point> out;
  test::must(walk_checkpoints(graph, test::kRun, events, [&](const Checkpoint& point, const RunState& state) {
    out.push_back({point.id, ended_steps(graph, state)});
    return true;
  }));
  return out;
}

TEST(Checkpoints, OneStandsBehindEachLevel) {
  const Graph graph = GraphBuilder().step("a").step("b").step("c").after("a", "b").build();
  History history(graph);
  const std::vector<Event> events{history.created(), history.completed("b"), history.completed("a"),
                                  history.completed("c")};
  const auto points = walk(graph, events);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_TRUE(points[0].id.starts_with("1.0."));
  EXPECT_EQ(points[0].ended, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(points[1].id.starts_with("1.1."));
}

TEST(Checkpoints, TheIdFollowsFromTheEventsUpToItAndFromNothingElse) {
  const Graph graph = GraphBuilder().step("a").step("b").after("a").build();
  History history(graph);
  std::vector<Event> events{history.created(), history.completed("a", "1")};
  const std::string id = walk(graph, events).front().id;
  events.push_back(history.completed("b"));
  EXPECT_EQ(walk(graph, events).front().id, id);
  events[1].data = R"({"v":1,"result":2})";
  EXPECT_NE(walk(graph, events).front().id, id);
}

TEST(Checkpoints, ARewoundRunHasThoseOfItsGenerationToo) {
  test::Play play(GraphBuilder().step("a").step("b").after("a").build());
  std::vector<Event> events{play.history.created()};
  const auto add = [&](Event event) {
    play.fold(event);
    events.push_back(std::move(event));
  };
  const auto decide = [&] {
    while (const auto row = play.decide().row) add(play.history.decided(*row));
  };
  decide();
  add(play.history.completed("a"));
  add(play.history.failed("b", ErrorClass::exit));
  decide();
  add(play.history.command("again", "retry"));
  decide();
  std::string levels;
  for (const Point& point : walk(play.graph, events)) levels += point.id.substr(0, 4) + " ";
  EXPECT_EQ(levels, "1.0. 1.1. 2.0. ");
}

}  // namespace
}  // namespace callboard::run
