#include <gtest/gtest.h>

#include "deploy/authoring/graph_drawing.hpp"
#include "deploy/authoring/graph_text.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::authoring {
namespace {

run::Graph graph_of(std::string_view steps) {
  const auto out = workflow::compile("name: w\nsteps:\n" + std::string(steps));
  EXPECT_TRUE(out) << workflow::to_string(out.error(), "w");
  return out ? out->graph : run::Graph();
}

const std::string kFan =
    "  - {key: a, type: noop}\n  - {key: b, type: noop, dependsOn: [a]}\n  - {key: c, type: noop, dependsOn: "
    "[a]}\n"
    "  - {key: d, type: noop, dependsOn: [a]}\n  - {key: e, type: echo, dependsOn: [b, c, d], if: "
    "always()}\n";

TEST(Graph, IsDrawnLevelBelowLevel) {
  EXPECT_EQ(draw_graph(graph_of("  - {key: a, type: noop}\n  - {key: b, type: noop, dependsOn: [a]}\n"), 80),
            "┌───────┐\n"
            "│ a     │\n"
            "│ noop  │\n"
            "└───┬───┘\n"
            "    │\n"
            "    ▼\n"
            "┌───────┐\n"
            "│ b     │\n"
            "│ noop  │\n"
            "└───────┘\n");
}

TEST(Graph, AFanJoinsItsLines) {
  EXPECT_EQ(draw_graph(graph_of(kFan), 80),
            "           ┌───────┐\n"
            "           │ a     │\n"
            "           │ noop  │\n"
            "           └───┬───┘\n"
            "               │\n"
            "    ┌──────────┼──────────┐\n"
            "    ▼          ▼          ▼\n"
            "┌───────┐  ┌───────┐  ┌───────┐\n"
            "│ b     │  │ c     │  │ d     │\n"
            "│ noop  │  │ noop  │  │ noop  │\n"
            "└───┬───┘  └───┬───┘  └───┬───┘\n"
            "    │          │          │\n"
            "    └──────────┼──────────┘\n"
            "               ▼\n"
            "          ┌─────────┐\n"
            "          │ e       │\n"
            "          │ echo if │\n"
            "          └─────────┘\n");
}

TEST(Graph, ALineThatGoesFurtherPassesTheLevelsBetween) {
  const std::string drawn =
      draw_graph(graph_of("  - {key: a, type: noop}\n  - {key: b, type: noop, dependsOn: [a]}\n  - {key: c, "
                          "type: noop, dependsOn: [a, b]}\n"),
                 80);
  EXPECT_EQ(drawn.find("←"), std::string::npos) << drawn;
  EXPECT_NE(drawn.find("│ b     │  │\n"), std::string::npos) << drawn;
}

TEST(Graph, OneThatIsTooWideIsListed) {
  EXPECT_EQ(
      draw_graph(graph_of(kFan), 20),
      "■ a (noop)\n  ■ b (noop) ← a\n  ■ c (noop) ← a\n  ■ d (noop) ← a\n    ■ e (echo if) ← b, c, d\n");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "  - {key: s" + std::to_string(i) + ", type: noop}\n";
  EXPECT_NE(draw_graph(graph_of(many), 10'000).find("■ s299 (noop)\n"), std::string::npos);
}

TEST(Graph, EveryGraphOfSomeSizeIsDrawnWithAllItsSteps) {
  for (unsigned seed = 1; seed < 40; ++seed) {
    std::string steps;
    unsigned state = seed;
    const auto next = [&](unsigned below) { return (state = state * 1103515245 + 12345) / 65536 % below; };
    for (unsigned i = 0; i < 12; ++i) {
      steps += "  - {key: s" + std::to_string(i) + ", type: noop, dependsOn: [";
      for (unsigned j = 0; j < i; ++j) {
        if (next(4) == 0) steps += "s" + std::to_string(j) + ", ";
      }
      steps += "]}\n";
    }
    const std::string drawn = draw_graph(graph_of(steps), 1'000);
    for (unsigned i = 0; i < 12; ++i)
      EXPECT_NE(drawn.find("│ s" + std::to_string(i) + " "), std::string::npos) << drawn;
  }
}

TEST(Graph, MermaidAndDotQuoteWhatIsSpecialThere) {
  const run::Graph graph = graph_of(
      "  - {key: a, type: noop}\n  - {key: b, type: noop, dependsOn: [a], if: \"run.name < 'x'\"}\n");
  EXPECT_EQ(to_mermaid(graph).find("run.name < "), std::string::npos);
  EXPECT_NE(to_mermaid(graph_of("  - {key: a, type: noop}\n  - {key: b, type: noop, dependsOn: [a]}\n"))
                .find("flowchart TD\n  s0[\"a<br/>noop\"]\n  s1[\"b<br/>noop\"]\n  s0 --> s1\n"),
            std::string::npos);
  EXPECT_NE(to_dot(graph).find("\"a\" -> \"b\";\n"), std::string::npos);
  EXPECT_NE(write_json(to_value(graph)).find(R"("key":"b","type":"noop","level":1,"dependsOn":["a"],"if")"),
            std::string::npos);
}

}  // namespace
}  // namespace callboard::authoring
