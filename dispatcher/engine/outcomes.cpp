#include "dispatcher/engine/outcomes.hpp"

#include <utility>

#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {

void Outcomes::write(const OpenRun& run, run::StepIndex step, std::uint32_t attempt,
                     run::ErrorClass error_class, std::string message) {
  run::Outcome outcome;
  outcome.type =
      error_class == run::ErrorClass::lost ? run::EventType::step_lost : run::EventType::step_failed;
  outcome.error = {error_class, std::move(message)};
  log::Append row;
  row.run = run.state.id;
  row.key = run::result_key(run.key(step), attempt, run.state.generation);
  row.type = outcome.type;
  row.writer = writers_.next();
  row.data = run::encode_outcome(outcome);
  events_.append(std::move(row), [this, id = run.state.id](Result<log::Appended> answer) {
    if (answer) return runs_.fold(answer->stored);
    if (OpenRun* const open = runs_.find(id)) runs_.read_again(*open);
  });
}

}  // namespace callboard::dispatcher
