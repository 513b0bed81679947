#include "shared/log/archive/fold_check.hpp"

#include "shared/run/stored_fold.hpp"

namespace callboard::log {
namespace {

constexpr const char* kStored = "select run_id, at from fold where home = fold_home()";
constexpr Statement kFoldsOfRun{"folds_of_run",
                                "select checkpoint, at, data from fold where run_id = $1::uuid and "
                                "home = fold_home() order by whole desc"};

}  // namespace

Result<void> FoldCheck::open(Snapshot& snapshot) {
  if (auto opened = session_.open(); !opened) return opened;
  return visit_rows(snapshot, kStored, [&](const Rows& row) -> Result<void> {
    stored_.emplace(RunId{row.uuid(0, 0)}, row.time(0, 1));
    return {};
  });
}

Result<std::vector<LogProblem>> FoldCheck::check(const run::Graph& graph, const StoredRun& run) {
  std::vector<LogProblem> problems;
  const auto first = stored_.lower_bound({run.id, Time::min()});
  if (first == stored_.end() || first->first != run.id) return problems;
  const auto rows = session_.run(kFoldsOfRun, Params().add(run.id));
  if (!rows) return std::unexpected(rows.error());
  std::optional<run::FoldPoint> whole;
  for (int row = 0; row < rows->size(); ++row) {
    if (!stored_.contains({run.id, rows->time(row, 1)})) return problems;
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
