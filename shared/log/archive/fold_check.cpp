#include "shared/log/archive/fold_check.hpp"

#include "shared/run/stored_fold.hpp"

namespace callboard::log {
namespace {

constexpr const char* kStoredRuns = "select run_id from fold where whole and home = fold_home()";
constexpr Statement kFoldsOfRun{"folds_of_run",
                                "select checkpoint, position, data from fold where run_id = $1::uuid and "
                                "home = fold_home() order by whole desc"};

}  // namespace

Result<void> FoldCheck::open(Snapshot& snapshot) {
  if (auto opened = session_.open(); !opened) return opened;
  return visit_rows(snapshot, kStoredRuns, [&](const Rows& row) -> Result<void> {
    stored_.insert(RunId{row.uuid(0, 0)});
    return {};
  });
}

Result<std::vector<LogProblem>> FoldCheck::check(const run::Graph& graph, const StoredRun& run) {
  std::vector<LogProblem> problems;
  if (!stored_.contains(run.id)) return problems;
  const auto rows = session_.run(kFoldsOfRun, Params().add(run.id));
  if (!rows) return std::unexpected(rows.error());
  std::optional<run::FoldPoint> whole;
  for (int row = 0; row < rows->size(); ++row) {
    if (rows->int8(row, 1) > run.events.back().position) continue;
    auto point = run::decode_fold(graph, run.id, rows->bytes(row, 2), whole ? &*whole : nullptr);
    const auto fault = point ? run::find_fault(graph, *point, run.events) : point.error().message;
    if (fault) {
      problems.push_back({run.id, "",
                          "the fold stored at " + rows->text(row, 0) + " is of no use (" + *fault +
                              "): `callboard workflow checkpoints " + to_string(run.id) +
                              " --drop` drops it"});
    }
    if (point) whole = std::move(*point);
  }
  return problems;
}

}  // namespace callboard::log
