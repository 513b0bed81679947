#include "shared/run/approval.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "shared/run/held_params.hpp"
#include "shared/run/wait.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

constexpr std::int64_t kMostApprovers = 100;

Result<Approval> refuse(std::string why) { return fail(ErrorCode::invalid, "approval: " + std::move(why)); }

Result<Approval> read_params(const Value& params) {
  Approval approval;
  if (const Value* const names = find(&params, "approvers")) {
    if (!names->is_array())
      return refuse("`approvers` is " + write_json(*names) + ", expected a list of names");
    for (const Value& name : names->get_array()) {
      if (!name.is_string())
        return refuse("found " + write_json(name) + " among `approvers`, expected a name");
      if (std::string text(name.get_string()); std::ranges::count(approval.approvers, text) == 0)
        approval.approvers.push_back(std::move(text));
    }
    if (approval.approvers.empty()) return refuse("`approvers` is an empty list: nobody could answer");
  }
  const std::int64_t count = find(&params, "count") == nullptr ? 1 : find_int(&params, "count");
  const auto most =
      approval.approvers.empty() ? kMostApprovers : static_cast<std::int64_t>(approval.approvers.size());
  if (count < 1 || count > most) {
    return refuse("`count` is " + write_json(*find(&params, "count")) + ", expected a number from 1 to " +
                  std::to_string(most));
  }
  approval.count = static_cast<std::uint32_t>(count);
  approval.goes_on_if_rejected = find_text(&params, "onReject") == "continue";
  approval.message = find_text(&params, "message");
  return approval;
}

std::vector<const PendingSignal*> in_order(const std::map<std::string, PendingSignal>& signals,
                                           const std::string& name, std::vector<std::string>& keys) {
  std::vector<std::pair<Time, const std::string*>> order;
  for (const auto& [key, pending] : signals) {
    if (pending.signal.name == name) order.emplace_back(pending.at, &key);
  }
  std::ranges::sort(order, {}, [](const auto& entry) { return std::tie(entry.first, *entry.second); });
  std::vector<const PendingSignal*> out;
  for (const auto& [at, key] : order) {
    keys.push_back(*key);
    out.push_back(&signals.at(*key));
  }
  return out;
}

std::string write_result(bool approved, const Votes& votes) {
  std::string out = approved ? R"({"approved":true,"by":[)" : R"({"approved":false,"by":[)";
  const std::vector<std::string> by = approved ? votes.yes : std::vector{*votes.no};
  for (const std::string& name : by) {
    if (out.back() != '[') out += ',';
    append_json_string(out, name);
  }
  out += ']';
  if (!approved && !votes.comment.empty()) {
    out += ",\"comment\":";
    append_json_string(out, votes.comment);
  }
  return out + "}";
}

void end(Round& round, StepIndex step, const Approval& approval, const Votes& votes) {
  Decision consumed = round.about(EventType::signal_consumed, step);
  consumed.consumes = votes.keys;
  round.list.push_back(std::move(consumed));
  if (!votes.no || approval.goes_on_if_rejected)
    return round.complete_step(step, write_result(!votes.no, votes));
  const std::string comment = votes.comment.empty() ? "" : ": " + votes.comment;
  round.fail_step(step, ErrorClass::auth, "rejected by " + *votes.no + comment);
}

}  // namespace

bool Approval::may_vote(const std::string& name) const {
  return approvers.empty() || std::ranges::find(approvers, name) != approvers.end();
}

Result<Approval> read_approval(const Graph& graph, const RunState& state, StepIndex step) {
  const auto params = render_held_params(graph, state, step);
  if (!params) return fail(ErrorCode::invalid, params.error().message);
  return read_params(*params);
}

std::string approval_signal(std::string_view step_key) { return "approval." + std::string(step_key); }

std::string encode_vote(bool approve, const std::string& by, const std::string& comment) {
  Object data{{"approve", approve}, {"by", by}};
  if (!comment.empty()) data["comment"] = comment;
  return write_json(data);
}

Votes count_votes(const Approval& approval, const RunState& state, std::string_view step_key) {
  Votes votes;
  for (const PendingSignal* pending : in_order(state.signals, approval_signal(step_key), votes.keys)) {
    const auto data = read_json(pending->signal.data);
    std::string by(data ? find_text(&*data, "by") : "");
    const bool is_decided = votes.no || votes.yes.size() == approval.count;
    if (by.empty() || is_decided || !approval.may_vote(by)) continue;
    const Value* const approve = find(&*data, "approve");
    if (approve == nullptr || !approve->is_bool() || !approve->get_bool()) {
      votes.no = std::move(by);
      votes.comment = find_text(&*data, "comment");
    } else if (std::ranges::find(votes.yes, by) == votes.yes.end()) {
      votes.yes.push_back(std::move(by));
    }
  }
  return votes;
}

void decide_approval(Round& round, StepIndex step) {
  const auto params = render_held_params(round.graph, round.state, step);
  const auto approval = params ? read_params(*params) : Result<Approval>(std::unexpected(params.error()));
  if (!approval) return round.fail_step(step, ErrorClass::validation, approval.error().message);
  const Votes votes = count_votes(*approval, round.state, key_of(round.graph, round.state, step));
  if (votes.no || votes.yes.size() == approval->count) return end(round, step, *approval, votes);
  const Time deadline = wait_deadline(round.graph, round.state, step);
  if (deadline > round.outlook.now) return round.decided.timers.push_back({deadline, step});
  end_in_timeout(
      round, step, *params,
      "nobody answered within " + format_duration(step_of(round.graph, round.state, step).timeout));
}

}  // namespace callboard::run
