#pragma once

#include <string>

#include "dispatcher/engine/definitions.hpp"

namespace callboard::dispatcher {

/// What a step that starts a run means: which definition, and with which inputs. On the loop.
class Callees {
 public:
  virtual ~Callees() = default;

  struct Wanted {
    std::string workflow;    // name or slug of a current workflow
    std::string definition;  // by hash: what stands in where no current one has the name; empty: nothing
    std::string inputs;      // compact JSON, an object
  };
  struct Callee {
    GraphPtr graph;
    std::string inputs;  // compact JSON, of the declared types, with their defaults
  };
  /// `not_found`: no such workflow, which is said only once the catalog has been read since the question;
  /// `invalid`: its inputs don't fit, saying which.
  virtual void find(Wanted wanted, log::Done<Callee> done) = 0;
  /// The `vars` context of new runs: compact JSON.
  virtual const std::string& vars() const = 0;
};

}  // namespace callboard::dispatcher
