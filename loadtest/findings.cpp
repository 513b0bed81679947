#include "loadtest/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callboard::loadtest {
namespace {

void add(Audit& sum, const Audit& more) {
  sum.accepted += more.accepted;
  sum.finished += more.finished;
  sum.failed += more.failed;
  sum.cancelled += more.cancelled;
  sum.open += more.open;
  sum.absent += more.absent;
  sum.unasked += more.unasked;
  sum.histories += more.histories;
  sum.recorded_twice += more.recorded_twice;
  sum.not_recorded += more.not_recorded;
}

void note_audit(Findings& findings, const Audit& audit, std::size_t lost, Unfinished unfinished) {
  const auto note = [&](std::size_t times, const char* what) {
    if (times > 0) note_error(findings, fmt::format("{} {}", times, what), times);
  };
  note(lost, "accepted runs are not finished, or gone");
  note(audit.recorded_twice, "outcomes stand twice in a history");
  note(audit.failed, "runs failed that should have completed");
  note(audit.cancelled - std::min(audit.cancelled, unfinished.cancelled), "runs were cancelled by nobody");
  note(audit.unasked, "runs are there that no client was told of");
  note(audit.not_recorded, "completed runs lack an outcome in their history");
}

void note_clients(Findings& findings, std::span<const KeptRun> runs, const KeptRuns& kept) {
  std::size_t wrong = 0;
  for (const KeptRun& run : runs) {
    if (!run.was_closed) continue;
    wrong += run.was_right ? 0 : 1;
    findings.latency_ms.push_back(std::chrono::duration<double, std::milli>(run.closed - run.asked).count());
  }
  if (wrong > 0) note_error(findings, fmt::format("{} results are not what was sent", wrong), wrong);
  const auto refused = kept.refused();
  findings.refused += refused.times;
  if (refused.times > 0)
    note_error(findings, fmt::format("{} requests were refused: {}", refused.times, refused.first),
               refused.times);
}
std::vector<std::string> closed_ids(std::span<const KeptRun> runs) {
  std::vector<std::string> ids;
  for (const KeptRun& run : runs) {
    if (run.was_closed) ids.push_back(run.id);
  }
  return ids;
}

}  // namespace

void note_error(Findings& findings, const std::string& what, std::size_t times) {
  findings.errors += times;
  findings.first_error += (findings.first_error.empty() ? "" : "; ") + what;
}

Concluded conclude(Findings& findings, StackUnderTest& stack, const KeptRuns& kept,
                   const std::string& workflow, std::size_t steps, Unfinished unfinished) {
  const std::vector<KeptRun> runs = kept.runs();
  Concluded concluded;
  if (auto audit = audit_runs(stack.target(), workflow, runs, closed_ids(runs), steps)) {
    concluded.audit = std::move(*audit);
  } else {
    note_error(findings, "the runs can't be audited: " + audit.error().message);
  }
  const Audit& audit = concluded.audit;
  const std::size_t sleeping = std::min(audit.open, unfinished.open);
  const std::size_t lost = audit.absent + audit.open - sleeping;
  note_audit(findings, audit, lost, unfinished);
  note_clients(findings, runs, kept);
  add(findings.audit, audit);
  findings.lost += lost;
  findings.sleeping += sleeping;
  if (const auto twice = stack.executed_twice()) {
    concluded.executed_twice = *twice;
    findings.executed_twice += *twice;
  } else {
    note_error(findings, twice.error().message);
  }
  if (findings.errors > findings.errors_told) {
    keep_evidence(stack.target(), audit.suspects, stack.folder() / "evidence");
    stack.keep_folder();
    findings.first_error += "; the stack's data and logs stay in " + stack.folder().string();
    findings.errors_told = findings.errors;
  }
  return concluded;
}

}  // namespace callboard::loadtest
