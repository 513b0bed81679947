#include <algorithm>
#include <array>

#include "loadtest/scenarios.hpp"
#include "shared/expression/expression.hpp"
#include "shared/expression/value_contexts.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::loadtest {
namespace {

constexpr std::size_t kAtOnce = 1'000;  // between two looks at the clock

constexpr std::string_view kContexts = R"({
  "event": {"action": "opened", "number": 17, "ref": "refs/heads/main",
            "repository": {"full_name": "acme/rocket", "private": false},
            "pull_request": {"draft": false, "base": {"ref": "main"},
                             "labels": [{"name": "size/S"}, {"name": "bug"}, {"name": "ui"}]}},
  "inputs": {"count": 5, "force": false},
  "steps": {"build": {"result": {"ok": true, "files": 12}, "status": "completed"}}})";

/// What workflows ask most, and what it comes out as.
struct Question {
  std::string_view source;
  std::string_view answer;
};
constexpr std::array kQuestions = {
    Question{"event.action == 'opened'", "true"},
    Question{"event.pull_request.draft == false && event.pull_request.base.ref == 'main'", "true"},
    Question{"startsWith(event.ref, 'refs/heads/')", "true"},
    Question{"steps.build.result.files > 0", "true"},
    Question{"inputs.force || inputs.count > 3", "true"},
    Question{"!cancelled() && steps.build.status == 'completed'", "true"},
    Question{"contains(event.pull_request.labels.*.name, 'bug')", "true"},
    Question{"format('{0}#{1}', event.repository.full_name, event.number)", "\"acme/rocket#17\""},
};

struct Asked {
  expression::Expression expression;
  Value answer;
};

Result<std::vector<Asked>> parse_questions() {
  std::vector<Asked> out;
  for (const Question& question : kQuestions) {
    auto parsed = expression::parse_expression(question.source);
    if (!parsed) return std::unexpected(parsed.error());
    out.push_back({std::move(*parsed), *read_json(question.answer)});
  }
  return out;
}

LoadResult evaluate_for(const std::vector<Asked>& asked, double seconds) {
  const expression::ValueContexts contexts(*read_json(kContexts));
  LoadResult result;
  const double begun = seconds_of_core();
  double last = begun;
  do {
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      const Asked& each = asked[i % asked.size()];
      const auto value = expression::evaluate(each.expression, contexts);
      if (value && *value == each.answer) {
        ++result.done;
      } else if (result.errors++ == 0) {
        result.first_error =
            each.expression.source() + ": " + (value ? write_json(*value) : value.error().message);
      }
    }
    const double now = seconds_of_core();
    result.latency_ms.push_back((now - last) * 1e3 / kAtOnce);
    last = now;
  } while (last - begun < seconds);
  result.seconds = last - begun;
  std::ranges::sort(result.latency_ms);
  return result;
}

}  // namespace

Result<Measured> measure_expressions(const Options& options, const Progress& progress) {
  const auto asked = parse_questions();
  if (!asked) return std::unexpected(asked.error());
  Measured measured;
  measured.steps = 1;
  evaluate_for(*asked, warm_up(options, progress));
  measured.parts = measure_parts(progress, [&] { return evaluate_for(*asked, options.seconds); });
  return measured;
}

}  // namespace callboard::loadtest
