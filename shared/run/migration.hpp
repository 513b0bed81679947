#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/run/event.hpp"
#include "shared/run/graph.hpp"
#include "shared/value/value.hpp"

/// A run's recorded history held against another definition: what would not be as it is. Where nothing
/// forbids it, the run can be moved over (run.migrated), and its whole history is then read by that
/// definition.
namespace callboard::run {

struct Difference {
  enum class Kind : std::uint8_t {
    gone,       // the other definition has no such step
    added,      // only the other definition has it
    order,      // it rests on a step that has not ended
    condition,  // its `if`, or a failure above it, decides otherwise
    input,      // its executor, or its params as rendered, are others
    history,    // what is recorded can't be read by the other definition
  };
  std::string step;  // empty: of no single step
  Kind kind = Kind::history;
  std::string detail;
  bool forbids = false;  // the run can't be moved over
};
std::string_view to_string(Difference::Kind kind);

/// `events` are those of the run in the order of their positions, and fold by `graph`; `payload` is its
/// delivery's, or null. Steps that only one of the two has come first.
std::vector<Difference> compare_definitions(const Graph& graph, const Graph& other, const RunId& run,
                                            const std::vector<Event>& events,
                                            const std::shared_ptr<const Value>& payload);

}  // namespace callboard::run
