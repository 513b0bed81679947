#include "shared/log/archive/verify.hpp"

#include "shared/log/archive/definitions.hpp"
#include "shared/log/archive/fold_check.hpp"
#include "shared/log/archive/stored.hpp"
#include "shared/log/postgres/verdicts.hpp"
#include "shared/run/pinned.hpp"

namespace callboard::log {
namespace {

using Tell = std::function<void(const LogProblem&)>;

constexpr const char* kHeadsAlone =
    "select r.run_id from run r where not exists (select from event e where e.run_id = r.run_id)";
constexpr const char* kOriginsOfNothing =
    "select o.kind, encode(o.hash, 'hex'), encode(substr(o.runs, i * 16 + 1, 16), 'hex')::uuid "
    "from origin o, generate_series(0, octet_length(o.runs) / 16 - 1) i where not exists (select from event "
    "e "
    "where e.run_id = encode(substr(o.runs, i * 16 + 1, 16), 'hex')::uuid and e.key = 'd/0')";
constexpr const char* kSlotsOfNothing =
    "select s.run_id, s.group_key, s.k, r.run_id is null from slot s left join run r on r.run_id = s.run_id "
    "where (r.run_id is null or r.closed_at is not null)";

constexpr const char* kLabelsOfNothing =
    "select l.run_id, l.name, l.value from run_label l where not exists (select from run r where r.run_id = "
    "l.run_id)";

// A run whose head row does not say that it listens would leave them behind when it is closed.
constexpr const char* kListenersOfNothing =
    "select l.run_id, l.target, r.run_id is null or r.closed_at is not null from listener l left join run r "
    "on "
    "r.run_id = l.run_id where (r.run_id is null or r.closed_at is not null or not r.listens)";

class Verification {
 public:
  Verification(const std::string& url, Partition partitions, const Tell& tell)
      : definitions_(url), folds_(url), partitions_(partitions), tell_(tell) {}

  const VerifyCounts& counts() const { return counts_; }

  void tell(LogProblem problem) {
    ++counts_.problems;
    tell_(problem);
  }

  Result<void> check_runs(Snapshot& snapshot, const Selection& selection);
  Result<void> check_definitions(Snapshot& snapshot, const Selection& selection);
  Result<void> check_deliveries(Snapshot& snapshot, const Selection& selection);
  Result<void> check_origins(Snapshot& snapshot);
  Result<void> check_rest(Snapshot& snapshot, const std::optional<RunId>& run);

 private:
  Result<void> check_run(const StoredRun& run);

  Definitions definitions_;
  FoldCheck folds_;
  Partition partitions_;
  const Tell& tell_;
  VerifyCounts counts_;
};

Result<void> Verification::check_run(const StoredRun& run) {
  ++counts_.runs;
  counts_.events += run.events.size();
  for (const LogProblem& problem : run.blobs) tell(problem);
  const auto keys = check_keys(run.id, run.events);
  for (const LogProblem& problem : keys) tell(problem);
  if (!run.head) tell({run.id, "", "has no head row: `callboard log rebuild` makes it"});
  // What does not hold yet can't fold, and would be told twice.
  if (!run.blobs.empty() || !keys.empty()) return {};
  const auto created = run::find_created(run.events);
  if (!created) {
    tell({run.id, "d/0", created.error().message});
    return {};
  }
  const auto graph = definitions_.load(created->hash);
  if (!graph) {
    if (graph.error().code == ErrorCode::unavailable) return std::unexpected(graph.error());
    tell({run.id, "d/0", graph.error().message});
    return {};
  }
  const auto folded = fold_head(**graph, *created, run.events, partitions_);
  if (!folded) {
    tell(folded.error());
    return {};
  }
  const auto stored = folds_.check(**graph, run);
  if (!stored) return std::unexpected(stored.error());
  for (const LogProblem& problem : *stored) tell(problem);
  if (!run.head) return {};
  for (std::string& difference : compare_heads(*run.head, *folded)) tell({run.id, "", std::move(difference)});
  return {};
}

Result<void> Verification::check_runs(Snapshot& snapshot, const Selection& selection) {
  if (auto opened = folds_.open(snapshot); !opened) return opened;
  auto runs = RunReader::open(snapshot, {selection, "", std::nullopt});
  if (!runs) return std::unexpected(runs.error());
  while (true) {
    const auto run = runs->next();
    if (!run) return std::unexpected(run.error());
    if (!*run) return {};
    if (auto checked = check_run(**run); !checked) return checked;
  }
}

Result<void> Verification::check_definitions(Snapshot& snapshot, const Selection& selection) {
  return visit_definitions(snapshot, selection, [&](const Definition& definition) -> Result<void> {
    ++counts_.definitions;
    const auto compiled = compile_definition(definition);
    if (!compiled) {
      tell({std::nullopt, "",
            "the definition " + definition.hash + " of " + definition.slug + " " + compiled.error()});
    }
    return {};
  });
}

Result<void> Verification::check_deliveries(Snapshot& snapshot, const Selection& selection) {
  return visit_deliveries(snapshot, selection, [&](const StoredDelivery& delivery) -> Result<void> {
    ++counts_.deliveries;
    if (const auto verdicts = decode_verdicts(delivery.verdicts); !verdicts) {
      tell({std::nullopt, "",
            "the verdicts of delivery " + to_string(delivery.id) +
                " don't decode: " + verdicts.error().message});
    }
    return {};
  });
}

Result<void> Verification::check_origins(Snapshot& snapshot) {
  const auto count = snapshot.read("select count(*) from origin");
  if (!count) return std::unexpected(count.error());
  counts_.origins = static_cast<std::uint64_t>(count->int8(0, 0));
  return visit_rows(snapshot, kOriginsOfNothing, [&](const Rows& row) -> Result<void> {
    tell({RunId{row.uuid(0, 2)}, "",
          "the origin " + row.text(0, 0) + " " + row.text(0, 1) + " points to it, and it does not exist"});
    return {};
  });
}

Result<void> Verification::check_rest(Snapshot& snapshot, const std::optional<RunId>& run) {
  const std::string one = run ? " and %.run_id = '" + to_string(*run) + "'" : std::string();
  const auto only = [&](std::string sql, char alias) {
    std::string condition = one;
    if (!condition.empty()) condition[condition.find('%')] = alias;
    return sql + condition;
  };
  auto heads = visit_rows(snapshot, only(kHeadsAlone, 'r'), [&](const Rows& row) -> Result<void> {
    tell({RunId{row.uuid(0, 0)}, "", "has a head row and no events"});
    return {};
  });
  if (!heads) return heads;
  auto places = visit_rows(snapshot, only(kSlotsOfNothing, 's'), [&](const Rows& row) -> Result<void> {
    tell({RunId{row.uuid(0, 0)}, "",
          "holds place " + std::to_string(row.int4(0, 2)) + " of the group " + row.text(0, 1) +
              (row.boolean(0, 3) ? ", and has no head row" : ", and is closed")});
    return {};
  });
  if (!places) return places;
  auto labels = visit_rows(snapshot, only(kLabelsOfNothing, 'l'), [&](const Rows& row) -> Result<void> {
    tell({RunId{row.uuid(0, 0)}, "",
          "has the label " + row.text(0, 1) + ":" + row.text(0, 2) + " and no head row"});
    return {};
  });
  if (!labels) return labels;
  return visit_rows(snapshot, only(kListenersOfNothing, 'l'), [&](const Rows& row) -> Result<void> {
    tell({RunId{row.uuid(0, 0)}, "",
          "its " + row.text(0, 1) + " listens to events, and " +
              (row.boolean(0, 2) ? "it is not open" : "its head row does not say so")});
    return {};
  });
}

}  // namespace

Result<VerifyCounts> verify_log(const std::string& url, const std::optional<RunId>& run, const Tell& tell) {
  const auto partitions = check_database(url);
  if (!partitions) return std::unexpected(partitions.error());
  auto snapshot = Snapshot::open(url);
  if (!snapshot) return std::unexpected(snapshot.error());
  Selection selection;
  if (run) selection.runs = {*run};
  Verification verification(url, *partitions, tell);
  auto done = verification.check_definitions(*snapshot, selection);
  if (done) done = verification.check_deliveries(*snapshot, selection);
  if (done && !run) done = verification.check_origins(*snapshot);
  if (done) done = verification.check_runs(*snapshot, selection);
  if (done) done = verification.check_rest(*snapshot, run);
  if (!done) return std::unexpected(done.error());
  if (run && verification.counts().runs == 0 && verification.counts().problems == 0)
    return fail(ErrorCode::not_found, "there is no run " + to_string(*run));
  return verification.counts();
}

}  // namespace callboard::log
