#include "shared/run/sleep.hpp"

#include "shared/run/held_params.hpp"
#include "shared/run/judge.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

constexpr double kLongestSeconds = 10.0 * 366 * 86'400;

std::optional<double> seconds_of(const Value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  return std::nullopt;
}

std::optional<Micros> duration_of(const Value& value) {
  if (value.is_string()) return parse_duration({value.get_string().data(), value.get_string().size()});
  const auto seconds = seconds_of(value);
  if (!seconds || !(*seconds >= 0) || *seconds > kLongestSeconds) return std::nullopt;
  return Micros(static_cast<std::int64_t>(*seconds * 1e6 + 0.5));
}

std::optional<Time> time_of_text(const Value& value) {
  if (!value.is_string()) return std::nullopt;
  return parse_time({value.get_string().data(), value.get_string().size()});
}

}  // namespace

Result<Time> wake_time(const Graph& graph, const RunState& state, StepIndex step) {
  const auto params = render_held_params(graph, state, step);
  if (!params) return fail(ErrorCode::invalid, params.error().message);
  const Value* duration = find(&*params, "for");
  const Value* until = find(&*params, "until");
  if ((duration == nullptr) == (until == nullptr)) {
    return fail(ErrorCode::invalid, "sleep: expected either `for` or `until`");
  }
  if (duration != nullptr) {
    const auto micros = duration_of(*duration);
    if (micros) return begin_of(graph, state, step) + *micros;
    return fail(ErrorCode::invalid, "sleep: `for` is " + write_json(*duration) +
                                        ", expected a duration such as \"90s\" or a number of seconds");
  }
  if (const auto at = time_of_text(*until)) return *at;
  return fail(ErrorCode::invalid, "sleep: `until` is " + write_json(*until) +
                                      ", expected a time such as \"2026-01-31T08:00:00Z\"");
}

}  // namespace callboard::run
