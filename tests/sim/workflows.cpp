#include "tests/sim/workflows.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "shared/value/read.hpp"
#include "tests/support/sim_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

std::vector<run::StepIndex> random_dependencies(SimRandom& random, run::StepIndex step) {
  std::vector<run::StepIndex> out;
  if (step == 0) return out;
  if (random.chance(45)) return {step - 1};
  for (run::StepIndex earlier = 0; earlier < step; ++earlier) {
    if (random.chance(100 / (step + 1))) out.push_back(earlier);
  }
  return out;
}

void add_condition(SimRandom& random, run::Step& step) {
  static constexpr const char* kConditions[] = {"always()", "failure()", "success()", "!cancelled()",
                                                "1 == 2"};
  step.condition = *expression::parse_expression(kConditions[random.below(std::size(kConditions))]);
}

void make_map(SimRandom& random, run::Step& step) {
  static constexpr const char* kLists[] = {"fromJSON('[]')", "fromJSON('[1]')", "fromJSON('[1,2,3,4,5]')"};
  step.for_each = *expression::parse_expression(kLists[random.below(std::size(kLists))]);
  if (random.chance(50)) step.max_parallel = 1 + static_cast<std::uint32_t>(random.below(3));
}

/// A run of a workflow with a lower number, so that nothing starts itself for ever; now and then one that is
/// not there.
run::Step random_child(SimRandom& random, std::string key, std::vector<run::StepIndex> dependencies,
                       int number, std::chrono::seconds unit) {
  const std::string workflow =
      random.chance(3) ? "nowhere"
                       : "workflow-" + std::to_string(random.below(static_cast<std::uint64_t>(number)));
  static constexpr const char* kMore[] = {"", "", R"(,"wait":false)", R"(,"onCancel":"leave")",
                                          R"(,"wait":false,"onCancel":"leave")"};
  run::Step step =
      make_step(std::move(key), "workflow", std::move(dependencies),
                R"({"workflow":")" + workflow + "\"" + kMore[random.below(std::size(kMore))] + "}");
  step.timeout = random.chance(20) ? Micros(5 * unit) : Micros(24h);
  step.continue_on_error = random.chance(30);
  if (random.chance(30)) {
    step.retry.max_attempts = 2;
    step.retry.classes = run::default_retry_classes();
  }
  if (random.chance(15)) make_map(random, step);
  if (random.chance(15)) add_condition(random, step);
  return step;
}

run::Step random_step(SimRandom& random, run::StepIndex index, int number, std::chrono::seconds unit) {
  const std::string key = "s" + std::to_string(index);
  auto dependencies = random_dependencies(random, index);
  if (random.chance(8)) {
    const auto nap = static_cast<std::int64_t>(random.below(20)) * unit;
    return make_step(key, "sleep", std::move(dependencies), R"({"for":)" + std::to_string(nap.count()) + "}");
  }
  if (number > 0 && random.chance(8)) return random_child(random, key, std::move(dependencies), number, unit);
  if (random.chance(5)) {
    static constexpr const char* kAwaited[] = {R"({"signal":"go"})", R"({"event":""})",
                                               R"({"anyOf":[{"signal":"go"},{"event":""}],"since":"40s"})"};
    const std::uint64_t awaited = random.below(std::size(kAwaited));
    run::Step step = make_step(key, "wait", std::move(dependencies), kAwaited[awaited]);
    if (awaited > 0) step.awaits = {make_rule("push", "event.to == run.id || event.to == 'all'")};
    step.timeout = random.chance(50) ? Micros(10s) : Micros(1h);
    if (random.chance(10)) make_map(random, step);
    return step;
  }
  run::Step step = make_step(key, "chance", std::move(dependencies), R"({"of":"${ run.id }"})");
  step.effect = static_cast<run::Effect>(random.below(3));
  step.on_lost = static_cast<run::OnLost>(random.below(3));
  step.priority = static_cast<std::int32_t>(random.below(3));
  step.timeout = random.chance(20) ? Micros(2s) : Micros(60s);
  if (random.chance(5)) step.queue_timeout = 30s;
  if (random.chance(50)) {
    step.retry.max_attempts = 1 + static_cast<std::uint32_t>(random.below(4));
    step.retry.classes = run::default_retry_classes();
    step.retry.base_delay = 200ms;
  }
  step.continue_on_error = random.chance(15);
  if (random.chance(10)) {
    step.throttle =
        run::Throttle{.key = *expression::parse_text("provider", expression::Opening::dollar_brace),
                      .limit = kStepRate.limit,
                      .per = kStepRate.per};
  }
  if (random.chance(10)) step.until = *expression::parse_expression("steps." + key + ".attempts > 1");
  if (random.chance(15)) make_map(random, step);
  if (random.chance(15)) add_condition(random, step);
  return step;
}

/// A run goes on as another only so often, by its inputs: n counts down.
run::Step endless_step(SimRandom& random, run::StepIndex last) {
  run::Step step =
      make_step("again", "continueAs", {last - 1}, R"({"inputs":{"n":"${ inputs.n == 2 && 1 || 0 }"}})");
  step.condition = *expression::parse_expression("success() && inputs.n > 0");
  if (random.chance(50)) step.depends_on.clear();
  return step;
}

/// Two steps that one uses, behind the last of the others.
void add_group(SimRandom& random, std::vector<run::Step>& steps, int number, std::chrono::seconds unit) {
  const auto begin = static_cast<run::StepIndex>(steps.size());
  steps.push_back(make_step("g--with", "group.with", {begin - 1}, R"({"n":"${ run.id }"})"));
  if (random.chance(40)) add_condition(random, steps.back());
  for (run::StepIndex step : {begin + 1, begin + 2}) {
    steps.push_back(random_step(random, step, number, unit));
    steps.back().depends_on = {random.chance(50) ? step - 1 : begin};
  }
  const run::StepIndex end = begin + 3;
  steps.push_back(make_step("g", "group", {begin, begin + 1, begin + 2}, R"({"ended":true})"));
  steps[end].continue_on_error = random.chance(30);
  for (run::StepIndex step = begin; step < end; ++step) steps[step].group_end = end;
  steps[begin].group_part = run::GroupPart::begin;
  steps[end].group_part = run::GroupPart::end;
  steps[end].group_begin = begin;
  steps[begin].held = steps[end].held = true;
}

/// Behind all others: what takes back some of them, the last of these first.
void add_undos(SimRandom& random, std::vector<run::Step>& steps) {
  const auto mains = static_cast<run::StepIndex>(steps.size());
  std::vector<run::StepIndex> before(mains);
  std::iota(before.begin(), before.end(), run::StepIndex{0});
  for (run::StepIndex step = mains; step-- > 0;) {
    if (steps[step].held || steps[step].group_end != run::kNoStep || random.chance(50)) continue;
    run::Step undo = make_step("undo-" + steps[step].key, "chance", before, R"({"of":"${ run.id }"})");
    undo.condition = *expression::parse_expression("failure() || cancelled()");
    undo.for_each = steps[step].for_each;
    undo.max_parallel = steps[step].max_parallel;
    steps[step].undo = static_cast<run::StepIndex>(steps.size());
    before.push_back(steps[step].undo);
    steps.push_back(std::move(undo));
  }
}

run::Concurrency random_concurrency(SimRandom& random) {
  const auto& [name, limit] = *std::next(kGroups.begin(), static_cast<std::ptrdiff_t>(random.below(2)));
  const std::uint64_t dice = random.below(100);
  return {.group = *expression::parse_text(name, expression::Opening::dollar_brace),
          .limit = limit,
          .on_excess = dice < 60   ? run::OnExcess::queue
                       : dice < 85 ? run::OnExcess::replace
                                   : run::OnExcess::reject};
}

run::Throttle random_throttle(SimRandom& random) {
  const auto& [name, rate] = *std::next(kRates.begin(), static_cast<std::ptrdiff_t>(random.below(2)));
  return {.key = *expression::parse_text(name, expression::Opening::dollar_brace),
          .limit = rate.limit,
          .per = rate.per};
}

}  // namespace

run::Graph make_random_workflow(SimRandom& random, int number, std::chrono::seconds unit) {
  std::vector<run::Step> steps;
  const auto count = static_cast<run::StepIndex>(1 + random.below(10));
  for (run::StepIndex index = 0; index < count; ++index)
    steps.push_back(random_step(random, index, number, unit));
  if (random.chance(10)) steps.push_back(endless_step(random, count));
  if (random.chance(20)) add_group(random, steps, number, unit);
  if (random.chance(15)) add_undos(random, steps);
  run::Graph graph = make_graph("workflow-" + std::to_string(number), std::move(steps));
  if (random.chance(15)) graph.timeout = (5 + static_cast<std::int64_t>(random.below(30))) * unit;
  if (random.chance(40)) graph.concurrency = random_concurrency(random);
  if (random.chance(20)) graph.cancel_on = {make_rule("issues.closed", "event.to == run.id")};
  if (random.chance(25)) graph.throttle = random_throttle(random);
  return graph;
}

run::Graph make_variant(SimRandom& random, const run::Graph& graph) {
  run::Graph variant = graph;
  variant.hash = graph.hash + "-other";
  std::vector<run::Step>& steps = variant.steps;
  const std::uint64_t dice = random.below(3);
  const bool is_needed =
      steps.back().group_part == run::GroupPart::end || steps.back().undoes != run::kNoStep;
  if (dice == 0 && steps.size() > 1 && !is_needed) {
    steps.pop_back();
  } else if (dice == 1) {
    const auto last = static_cast<run::StepIndex>(steps.size() - 1);
    steps.push_back(make_step("more", "chance", {last}, R"({"of":"${ run.id }"})"));
  } else if (run::Step& step = steps[random.below(steps.size())]; !step.held) {
    step.params = *expression::make_template(*read_json(R"({"of":"another"})"));
  }
  return variant;
}

}  // namespace callboard::test
