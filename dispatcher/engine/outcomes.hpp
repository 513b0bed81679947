#pragma once

#include <string>

#include "dispatcher/engine/runs.hpp"

namespace callboard::dispatcher {

/// Outcomes that the owner writes itself, under the same key as a worker would: the first one stands. On the
/// loop.
class Outcomes {
 public:
  Outcomes(log::EventLog& events, Writers& writers, Runs& runs)
      : events_(events), writers_(writers), runs_(runs) {}

  /// step_failed of `error_class`, or step_lost for class lost.
  void write(const OpenRun& run, run::StepIndex step, std::uint32_t attempt, run::ErrorClass error_class,
             std::string message);

 private:
  log::EventLog& events_;
  Writers& writers_;
  Runs& runs_;
};

}  // namespace callboard::dispatcher
