#include "shared/run/held.hpp"

#include "shared/run/approval.hpp"
#include "shared/run/children.hpp"
#include "shared/run/group.hpp"
#include "shared/run/sleep.hpp"
#include "shared/run/successor.hpp"
#include "shared/run/wait.hpp"

namespace callboard::run {
namespace {

void decide_sleep(Round& round, StepIndex step) {
  const auto wake = wake_time(round.graph, round.state, step);
  if (!wake) {
    round.fail_step(step, ErrorClass::validation, wake.error().message);
  } else if (*wake > round.outlook.now) {
    round.decided.timers.push_back({*wake, step});
  } else {
    round.complete_step(step, "{}");
  }
}

}  // namespace

void decide_held(Round& round, StepIndex step) {
  const Step& definition = step_of(round.graph, round.state, step);
  if (definition.group_part == GroupPart::begin) return decide_group_begin(round, step);
  const std::string& executor = definition.executor;
  if (executor == "wait") return decide_wait(round, step);
  if (executor == "approval") return decide_approval(round, step);
  if (executor == "workflow") return decide_child(round, step);
  if (executor == "continueAs") return decide_successor(round, step);
  decide_sleep(round, step);
}

}  // namespace callboard::run
