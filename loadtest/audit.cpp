#include "loadtest/audit.hpp"

#include <fstream>
#include <map>
#include <unordered_map>

#include "loadtest/http_load.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

constexpr std::size_t kReaders = 16;

/// The state of every run of the workflow, by id.
Result<std::unordered_map<std::string, std::string>> list_states(const Target& target,
                                                                 const std::string& workflow) {
  std::unordered_map<std::string, std::string> states;
  std::string cursor;
  do {
    const auto page =
        ask(target, "GET",
            "/api/runs?limit=500&workflow=" + workflow + (cursor.empty() ? "" : "&cursor=" + cursor), "");
    if (!page) return std::unexpected(page.error());
    const auto body = read_json(page->body);
    const Value* items = body ? find(&*body, "items") : nullptr;
    if (items == nullptr || !items->is_array())
      return fail(ErrorCode::internal, "no list of runs: " + page->body);
    for (const Value& item : items->get_array())
      states.emplace(find_text(&item, "id"), find_text(&item, "state"));
    cursor = std::string(find_text(&*body, "next"));
  } while (!cursor.empty());
  return states;
}

void suspect(Audit& audit, const std::string& id) {
  if (audit.suspects.size() < kMostSuspects) audit.suspects.push_back(id);
}

/// Compares what was accepted with what is listed.
void count_states(Audit& audit, std::span<const KeptRun> runs,
                  std::unordered_map<std::string, std::string> listed) {
  for (const KeptRun& run : runs) {
    if (run.id.empty()) continue;
    ++audit.accepted;
    const auto state = listed.extract(run.id);
    if (state.empty()) {
      ++audit.absent;
    } else if (state.mapped() == "completed") {
      ++audit.finished;
      continue;
    } else if (state.mapped() == "failed") {
      ++audit.failed;
    } else if (state.mapped() == "cancelled") {
      ++audit.cancelled;
    } else {
      ++audit.open;
    }
    suspect(audit, run.id);
  }
  audit.unasked = listed.size();
  for (const auto& [id, state] : listed) suspect(audit, id);
}

/// Counts what must stand once in a history: the creation, the close, and one outcome for each step and
/// attempt.
void count_history(Audit& audit, const std::string& id, const Value& history, std::size_t steps) {
  std::map<std::string, std::size_t> times;
  std::size_t completed = 0;
  for (const Value& event : history.at("items").as_array()) {
    const std::string type(find_text(&event, "type"));
    if (type == "step.completed") ++completed;
    if (type == "step.completed" || type == "step.failed" || type == "step.lost") {
      ++times[std::string(find_text(&event, "step")) + " " + std::to_string(find_int(&event, "attempt"))];
    } else if (type == "run.completed" || type == "run.failed" || type == "run.cancelled") {
      ++times["the close"];
    } else if (type == "run.created") {
      ++times["the creation"];
    }
  }
  ++audit.histories;
  std::size_t twice = 0;
  for (const auto& [what, count] : times) twice += count - 1;
  const bool missing = times["the creation"] == 0 || (times["the close"] == 1 && completed < steps);
  audit.recorded_twice += twice;
  audit.not_recorded += missing ? 1 : 0;
  if (twice > 0 || missing) suspect(audit, id);
}

}  // namespace

Result<Audit> audit_runs(const Target& target, const std::string& workflow, std::span<const KeptRun> runs,
                         const std::vector<std::string>& read, std::size_t steps) {
  Audit audit;
  auto listed = list_states(target, workflow);
  if (!listed) return std::unexpected(listed.error());
  count_states(audit, runs, std::move(*listed));
  if (read.empty()) return audit;
  Load load;
  load.target = target;
  load.connections = std::min(kReaders, read.size());
  load.requests = read.size();
  load.make_request = [&](std::size_t i) {
    return format_request(target, "GET", "/api/runs/" + read[i] + "/history?limit=500", "", "");
  };
  load.check = [&](std::size_t i, int status, std::string_view body) {
    const auto history = read_json(body);
    if (status != 200 || !history) return false;
    count_history(audit, read[i], *history, steps);
    return true;
  };
  const LoadResult result = drive(load);
  if (result.errors > 0) return fail(ErrorCode::internal, "a history can't be read: " + result.first_error);
  return audit;
}

void keep_evidence(const Target& target, const std::vector<std::string>& suspects,
                   const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  for (const std::string& id : suspects) {
    std::ofstream out(folder / (id + ".json"));
    for (const std::string& path : {"/api/runs/" + id, "/api/runs/" + id + "/history?limit=500"}) {
      const auto answer = ask(target, "GET", path, "");
      out << (answer ? answer->body : answer.error().message) << "\n";
    }
  }
}

}  // namespace callboard::loadtest
