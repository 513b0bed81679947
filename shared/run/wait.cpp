#include "shared/run/wait.hpp"

#include <algorithm>

#include "shared/run/held_params.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

constexpr std::size_t kNameBytes = 100;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

}  // namespace

bool is_signal_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytes && std::ranges::all_of(name, is_name_letter);
}

Result<std::string> awaited_signal(const Graph& graph, const RunState& state, StepIndex step) {
  const auto params = render_held_params(graph, state, step);
  if (!params) return fail(ErrorCode::invalid, params.error().message);
  const Value* signal = find(&*params, "signal");
  if (signal != nullptr && signal->is_string()) {
    std::string name(signal->get_string().data(), signal->get_string().size());
    if (is_signal_name(name)) return name;
  }
  return fail(ErrorCode::invalid, "wait: `signal` is " +
                                      (signal == nullptr ? "absent" : write_json(*signal)) +
                                      ", expected a name of letters, digits, '.', '_' and '-', at most 100");
}

}  // namespace callboard::run
