#include "deploy/cli/reasons.hpp"

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::cli {
namespace {

std::string text_of(const Value& value, std::string_view name) { return printable(find_text(&value, name)); }

std::string times_of(const Value& reason) {
  std::string out;
  if (const std::string since = text_of(reason, "since"); !since.empty()) out += ", since " + since;
  if (const std::string until = text_of(reason, "until"); !until.empty()) out += ", until " + until;
  return out;
}

/// Nobody tells those far behind in the queue at once that one ahead of them was paused or cancelled.
std::string turn_of(const Value& reason) {
  std::string out;
  if (const std::string since = text_of(reason, "since"); !since.empty()) out += ", since " + since;
  if (const std::string until = text_of(reason, "until"); !until.empty())
    out += ", and asks again at " + until + ", or sooner where runs ahead of it are paused or end";
  return out;
}

std::string answer_of(const std::string& run, const std::string& step) {
  return "; say what became of it: callboard workflow answer " + run + " " + step +
         " --retry | --fail | --complete JSON";
}

}  // namespace

std::string explain_reason(const Value& reason, const std::string& run) {
  const std::string kind = text_of(reason, "kind");
  const std::string name = text_of(reason, "step");
  const std::string step = name.empty() ? "the run" : "step " + name;
  const std::string detail = text_of(reason, "detail");
  const std::string times = times_of(reason);
  if (kind == "worker") return step + " is with a worker, or on its way to one" + times;
  if (kind == "no_worker") return step + " waits for a worker: " + detail + times;
  if (kind == "window") return step + " " + detail + times;
  if (kind == "bus") return step + " waits for the bus: " + detail + times;
  if (kind == "timer") return step + " sleeps" + times;
  if (kind == "retry") return step + " has failed and is tried again" + times;
  if (kind == "approval")
    return step + " waits for approval: " + detail + times + "; callboard workflow approve " + run +
           (name.empty() ? "" : " " + name) + ", or --link for a page to send to somebody";
  if (kind == "event") return step + " waits for " + detail + times;
  if (kind == "child")
    return step + " waits for its child " + detail + times + "; callboard workflow why " +
           (detail.starts_with("run ") ? detail.substr(4, detail.find(',') - 4) : "RUN");
  if (kind == "signal") return step + " waits for a signal: " + detail + times;
  if (kind == "answer")
    return step + " must not run twice, and its worker died while it ran" + times + answer_of(run, name);
  if (kind == "pause" && !detail.empty()) return detail + "; callboard resume lets it go on";
  if (kind == "pause")
    return "the run is paused" + times + "; callboard workflow resume " + run + " lets it go on";
  if (kind == "place") return "the run waits for a place in its " + detail + times;
  if (kind == "throttle") return step + " waits for its turn: " + detail + turn_of(reason);
  if (kind == "stopping")
    return "the run is being cancelled: what its workers execute is being stopped" + times;
  if (kind == "set_aside") return "the run can't be folded and was set aside: " + detail + times;
  if (kind == "decision") return step + " waits for its dispatcher to decide" + times;
  return step + " waits for " + kind + times;
}

std::vector<std::string> explain_run(const Value& run) {
  const std::string id = text_of(run, "id");
  const std::string state = text_of(run, "state");
  std::vector<std::string> lines;
  const Value* closed = find(&run, "closedAt");
  if (closed != nullptr && closed->is_string()) {
    lines.push_back("the run is " + state + " since " + text_of(run, "closedAt") + " and waits for nothing");
    if (const Value* error = find(&run, "error"); error != nullptr && error->is_object()) {
      lines.push_back(text_of(*error, "class") + ": " + text_of(*error, "message"));
      lines.push_back("callboard workflow retry " + id + " runs again what has not ended well");
    }
    return lines;
  }
  const Value* reasons = find(&run, "waitingFor");
  if (reasons == nullptr || !reasons->is_array()) return lines;
  for (const Value& reason : reasons->get_array()) lines.push_back(explain_reason(reason, id));
  return lines;
}

}  // namespace callboard::cli
