#include "shared/log/postgres/verdicts.hpp"

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::log {

std::string encode_verdicts(const std::vector<Verdict>& verdicts) {
  std::string out = R"({"v":1,"list":[)";
  for (const Verdict& verdict : verdicts) {
    if (out.back() != '[') out += ',';
    out += R"({"workflow":)";
    append_json_string(out, verdict.workflow);
    out += R"(,"outcome":)";
    append_json_string(out, verdict.outcome);
    if (verdict.run) out += R"(,"run":")" + to_string(*verdict.run) + '"';
    if (!verdict.detail.empty()) {
      out += R"(,"detail":)";
      append_json_string(out, verdict.detail);
    }
    out += '}';
  }
  return out += "]}";
}

Result<std::vector<Verdict>> decode_verdicts(std::string_view bytes) {
  const auto value = read_json(bytes);
  if (!value) return std::unexpected(value.error());
  const Value* list = find(&*value, "list");
  if (!list || !list->is_array()) return fail(ErrorCode::invalid, "stored verdicts have no list");
  std::vector<Verdict> out;
  for (const Value& item : list->get_array()) {
    out.push_back({std::string(find_text(&item, "workflow")), std::string(find_text(&item, "outcome")),
                   parse_id<RunId>(find_text(&item, "run")), std::string(find_text(&item, "detail"))});
  }
  return out;
}

}  // namespace callboard::log
