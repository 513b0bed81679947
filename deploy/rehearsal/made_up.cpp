#include "deploy/rehearsal/made_up.hpp"

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::rehearsal {
namespace {

Value params_of(const run::SliceStep& step) {
  static const std::string kMasked = "***";
  if (!step.params) return Object();
  return expression::fill_secrets(*step.params, [](std::string_view) { return &kMasked; }).value_or(Object());
}

}  // namespace

Answer make_up(const run::SliceStep& step) {
  Answer out;
  if (step.executor == "echo" || step.executor == "set") {
    out.outcome.result = write_json(params_of(step));
  } else if (step.executor == "fail") {
    const Value params = params_of(step);
    const auto error_class = run::parse_error_class(find_text(&params, "class", "internal"));
    out.outcome.type = run::EventType::step_failed;
    out.outcome.error = {error_class.value_or(run::ErrorClass::validation),
                         std::string(find_text(&params, "message"))};
  }
  return out;
}

}  // namespace callboard::rehearsal
