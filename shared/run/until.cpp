#include "shared/run/until.hpp"

#include "shared/expression/shown_reads.hpp"
#include "shared/run/contexts.hpp"
#include "shared/run/decide.hpp"
#include "shared/run/items.hpp"

namespace callboard::run {
namespace {

/// `until` did not hold after 3 attempts: steps.poll.result.state == 'done' (steps.poll.result.state is
/// "busy")
std::string describe_failure(const expression::Expression& until, const RunContexts& contexts,
                             std::uint32_t attempts) {
  std::string out = "`until` did not hold after " + std::to_string(attempts) +
                    (attempts == 1 ? " attempt: " : " attempts: ") + until.source();
  const std::string found = expression::describe_reads(until, contexts);
  return found.empty() ? out : out + " (" + found + ")";
}

}  // namespace

void schedule_retry(Round& round, StepIndex step) {
  const StepState& ended = round.state.steps[step];
  const RetryPolicy& policy = step_of(round.graph, round.state, step).retry;
  Decision decision = round.about(EventType::step_retry_scheduled, step);
  decision.attempt = ended.attempt + 1;
  decision.at = ended.retry_at +
                retry_delay(policy, round.state.id, key_of(round.graph, round.state, step), decision.attempt);
  round.list.push_back(std::move(decision));
}

void decide_until(Round& round, StepIndex step) {
  if (is_item(round.graph, step)) load_list(round.graph, round.state, step);
  const Step& definition = step_of(round.graph, round.state, step);
  const StepState& state = round.state.steps[step];
  const RunContexts contexts(round.graph, round.state, step);
  const auto holds = expression::holds(*definition.until, contexts);
  if (!holds) return round.fail_step(step, ErrorClass::validation, "retry.until: " + holds.error().message);
  // The result stands in the decision too: whoever folds it first must not miss it.
  if (*holds) return round.complete_step(step, state.result);
  if (state.attempt < definition.retry.max_attempts) return schedule_retry(round, step);
  round.fail_step(step, ErrorClass::validation, describe_failure(*definition.until, contexts, state.attempt));
}

}  // namespace callboard::run
