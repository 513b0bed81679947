#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "dispatcher/engine/definitions.hpp"
#include "shared/base/ports.hpp"

namespace callboard::dispatcher {

/// Definitions over the catalog: a bounded cache, and one question for however many runs wait for the same
/// graph.
class CompiledDefinitions final : public Definitions {
 public:
  CompiledDefinitions(Loop& loop, log::Catalog& catalog, bool segments, std::size_t kept = 1'000);

  void load(std::string hash, log::Done<GraphPtr> done) override;
  void remember(GraphPtr graph) override;

 private:
  void answer(const std::string& hash, const Result<GraphPtr>& graph);

  Loop& loop_;
  log::Catalog& catalog_;
  bool segments_;
  std::size_t kept_;
  std::unordered_map<std::string, GraphPtr> graphs_;
  std::deque<std::string> order_;  // of coming; the oldest goes first
  std::unordered_map<std::string, std::vector<log::Done<GraphPtr>>> waiting_;
};

}  // namespace callboard::dispatcher
