#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "shared/log/archive/sealed.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/pinned.hpp"
#include "shared/workflow/compile.hpp"

// A small log of every release, as `callboard log export` wrote it: each later build folds it to the states
// that stand beside it.
namespace callboard::log {
namespace {

struct GoldenLog {
  std::map<std::string, run::Graph> graphs;               // by hash
  std::map<std::string, std::vector<run::Event>> events;  // by run
};

GoldenLog read_log(const std::filesystem::path& path) {
  GoldenLog out;
  auto lines = FileLines::open(path.string());
  EXPECT_TRUE(lines) << lines.error().message;
  ArchiveReader reader(*lines);
  for (;;) {
    auto record = reader.next();
    EXPECT_TRUE(record) << record.error().message;
    if (!record || !*record) return out;
    if (const auto* definition = std::get_if<Definition>(&**record)) {
      auto compiled = workflow::compile(definition->body);
      EXPECT_TRUE(compiled) << definition->slug << " compiles no more";
      if (compiled) out.graphs.emplace(definition->hash, std::move(compiled->graph));
    }
    if (const auto* event = std::get_if<run::Event>(&**record)) {
      out.events[to_string(event->run)].push_back(*event);
    }
  }
}

std::string describe(const run::Graph& graph, const run::RunState& state) {
  std::string out = to_string(state.id) + " " + std::string(to_string(state.phase)) + " generation " +
                    std::to_string(state.generation) + " rows " + std::to_string(state.decisions) +
                    " outputs " + state.outputs + "\n";
  for (run::StepIndex i = 0; i < state.steps.size(); ++i) {
    const run::StepState& step = state.steps[i];
    out += "  " + graph.steps[i].key + " " + std::string(to_string(step.phase)) + " g" +
           std::to_string(step.generation) + " #" + std::to_string(step.attempt) + " " + step.result;
    const bool has_error = step.phase == run::StepPhase::failed || step.phase == run::StepPhase::cancelled;
    if (has_error) out += " " + std::string(to_string(step.error.error_class));
    out += "\n";
  }
  return out;
}

std::string fold_log(const std::filesystem::path& path) {
  const GoldenLog log = read_log(path);
  std::string out;
  for (const auto& [run, events] : log.events) {
    const auto created = run::find_created(events);
    const auto graph = created ? log.graphs.find(created->hash) : log.graphs.end();
    if (graph == log.graphs.end()) return run + ": its definition is not in the log";
    run::RunState state = run::make_state(graph->second, events.front().run);
    for (const run::Event& event : events) {
      if (auto folded = run::fold(graph->second, state, event); !folded)
        return run + ": " + folded.error().message;
    }
    out += describe(graph->second, state);
  }
  return out;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(GoldenLog, OfEveryReleaseFoldsToTheStatesThatItFoldedToThen) {
  int logs = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(CALLBOARD_SOURCE) / "tests/golden/logs")) {
    if (file.path().extension() != ".ndjson") continue;
    ++logs;
    std::filesystem::path states = file.path();
    states.replace_extension(".states");
    EXPECT_EQ(fold_log(file.path()), read_file(states)) << file.path();
  }
  EXPECT_GT(logs, 0);
}

}  // namespace
}  // namespace callboard::log
