#include "deploy/cli/answers.hpp"

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::cli {

Exit exit_of(int status) {
  if (status >= 200 && status < 300) return Exit::done;
  if (status == 400 || status == 409 || status == 413 || status == 415 || status == 422)
    return Exit::bad_usage;
  if (status == 401 || status == 403) return Exit::not_allowed;
  if (status == 429 || status >= 502) return Exit::unreachable;
  return Exit::failed;
}

Exit explain_answer(const Terminal& terminal, const Answer& answer) {
  const auto problem = read_json(answer.body);
  std::string text =
      problem ? printable(find_text(&*problem, "detail", find_text(&*problem, "title")), true) : "";
  if (text.empty()) text = "the dispatcher answered " + std::to_string(answer.status);
  terminal.error("callboard: " + text);
  const Value* errors = problem ? find(&*problem, "errors") : nullptr;
  if (errors != nullptr && errors->is_array()) {
    for (const Value& each : errors->get_array()) {
      terminal.error("  " + std::to_string(find_int(&each, "line")) + ":" +
                     std::to_string(find_int(&each, "column")) + ": " + printable(find_text(&each, "path")) +
                     ": " + printable(find_text(&each, "message")));
    }
  }
  return exit_of(answer.status);
}

Exit explain_error(const Terminal& terminal, const Error& error) {
  terminal.error("callboard: " + printable(error.message, true));
  switch (error.code) {
    case ErrorCode::unavailable:
    case ErrorCode::timeout: return Exit::unreachable;
    case ErrorCode::forbidden: return Exit::not_allowed;
    case ErrorCode::invalid: return Exit::bad_usage;
    case ErrorCode::cancelled: return Exit::interrupted;
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::too_large:
    case ErrorCode::internal: break;
  }
  return Exit::failed;
}

}  // namespace callboard::cli
