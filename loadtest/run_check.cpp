#include "loadtest/run_check.hpp"

#include "loadtest/http_load.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::loadtest {

Result<std::string> register_workflow(const Target& target, const std::string& file) {
  const auto answer = ask(target, "POST", "/api/workflows?start=false", file, "application/yaml");
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 201 && answer->status != 200) {
    return fail(ErrorCode::invalid, "can't register the workflow: " + answer->body);
  }
  const auto body = read_json(answer->body);
  if (!body) return std::unexpected(body.error());
  return std::string(find_text(&*body, "workflow"));
}

bool is_right(std::string_view run, std::size_t steps, const Value& sent) {
  const auto body = read_json(run);
  if (!body || find_text(&*body, "state") != "completed") return false;
  const Value* list = find(&*body, "steps");
  if (list == nullptr || !list->is_array() || list->get_array().size() != steps) return false;
  for (const Value& step : list->get_array()) {
    if (find_text(&step, "state") != "completed" || find_int(&step, "attempts") != 1) return false;
    if (sent.is_null()) continue;
    const Value* given = find(find(&step, "result"), "payload");
    if (given == nullptr || *given != sent) return false;
  }
  return true;
}

}  // namespace callboard::loadtest
