#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"
#include "shared/workflow/compile.hpp"
#include "shared/workflow/yaml_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

// A file is a workflow or has problems, each in the file; the tree's JSON is JSON; a workflow's steps have an
// order; both readers of YAML read the same.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  using namespace callboard::workflow;
  if (read_json_tree(input)) CALLBOARD_CHECK(read_json(input));
  if (const auto common = read_common_yaml(input)) {
    const auto all = read_yaml_events(input);
    CALLBOARD_CHECK(all && write_canonical(*all) == write_canonical(*common));
  }
  for (const Format format : {Format::yaml, Format::json}) {
    const auto out = compile(input, format);
    if (!out) {
      CALLBOARD_CHECK(!out.error().empty() && out.error().size() <= limits::kWorkflowErrors + 1);
      for (const Problem& problem : out.error())
        CALLBOARD_CHECK(problem.line >= 1 && problem.column >= 1 && !problem.message.empty());
      continue;
    }
    CALLBOARD_CHECK(!out->graph.steps.empty() && !out->graph.slug.empty() && out->graph.hash.size() == 64);
    CALLBOARD_CHECK(compile(input, format)->graph.hash == out->graph.hash);
  }
}
