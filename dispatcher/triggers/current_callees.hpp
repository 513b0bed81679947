#pragma once

#include <memory>
#include <string>

#include "dispatcher/engine/callees.hpp"
#include "dispatcher/triggers/registry.hpp"

namespace callboard::dispatcher {

/// Callees over the registry. A name that this dispatcher does not know is looked up in the catalog once
/// more, since others register workflows too.
class CurrentCallees final : public Callees {
 public:
  CurrentCallees(Loop& loop, log::Catalog& catalog, const Registry& registry, bool segments, std::string vars)
      : loop_(loop), catalog_(catalog), registry_(registry), segments_(segments), vars_(std::move(vars)) {}

  void find(Wanted wanted, log::Done<Callee> done) override;
  const std::string& vars() const override { return vars_; }

 private:
  void load(Wanted wanted, log::Done<Callee> done);
  void look_up(Wanted wanted, std::string slug, log::Done<Callee> done);

  Loop& loop_;
  log::Catalog& catalog_;
  const Registry& registry_;
  bool segments_;
  std::string vars_;
};

}  // namespace callboard::dispatcher
