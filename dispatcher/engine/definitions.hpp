#pragma once

#include <memory>
#include <string>

#include "shared/log/log.hpp"
#include "shared/run/graph.hpp"

namespace callboard::dispatcher {

using GraphPtr = std::shared_ptr<const run::Graph>;  // shared by the runs that are pinned to it

/// Compiled definitions by hash: a bounded cache over the catalog. On the loop.
class Definitions {
 public:
  virtual ~Definitions() = default;
  /// At once from the cache, or compiled from the catalog. `not_found`, or `invalid` where it no longer
  /// compiles.
  virtual void load(std::string hash, log::Done<GraphPtr> done) = 0;
  /// What was compiled just now, so that the first run need not load it.
  virtual void remember(GraphPtr graph) = 0;
};

}  // namespace callboard::dispatcher
