#include "shared/log/archive/rebuild.hpp"

#include "shared/log/archive/remade.hpp"
#include "shared/log/archive/rows_in.hpp"
#include "shared/log/archive/stored.hpp"
#include "shared/log/postgres/verdicts.hpp"
#include "shared/value/read.hpp"

namespace callboard::log {
namespace {

using Tell = std::function<void(const LogProblem&)>;

constexpr std::size_t kHeadsAtOnce = 1'000;
constexpr std::size_t kOriginsAtOnce = 1'000;
constexpr std::string_view kReplayOf = "callboard-replay-of";  // a header that the dispatcher sets

constexpr Statement kOwners{"owners",
                            "select count(*) from lease l join living v on v.id = l.holder where v.role = 0"};
// A place tells the group of a run whose head row was lost.
constexpr Statement kGroupsOfPlaces{
    "groups_of_places",
    "update run r set group_key = s.group_key from slot s where s.run_id = r.run_id and r.closed_at is null "
    "and r.group_key is null returning r.run_id"};
constexpr Statement kFreePlaces{"free_places",
                                "delete from slot s where not exists (select from run r where r.run_id = "
                                "s.run_id and r.closed_at is null "
                                "and r.group_key = s.group_key) returning run_id"};
constexpr Statement kRemoveHeads{
    "remove_heads",
    "delete from run r where not exists (select from event e where e.run_id = r.run_id) returning run_id"};
constexpr Statement kRemoveLabels{"remove_labels",
                                  "delete from run_label l where not exists (select from run r where "
                                  "r.run_id = l.run_id) returning run_id"};
constexpr Statement kRemoveInbox{
    "remove_inbox",
    "delete from inbox i where i.partition <> partition_of(i.run_id, $1::int) "
    "or not exists (select from event e where e.run_id = i.run_id) returning run_id"};
constexpr Statement kPutOrigins{
    "put_origins",
    "insert into origin (kind, hash, maker, delivery, at, fingerprint, runs) "
    "select t.source, sha256(convert_to(t.external_id, 'UTF8')), t.id, t.id, t.at, ''::bytea, t.runs "
    "from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[], $5::bytea[]) "
    "with ordinality as t (source, external_id, id, at, runs, i) order by t.i "
    "on conflict do nothing returning maker"};

constexpr Statement kDropListeners{"drop_listeners", "delete from listener returning run_id"};
constexpr Statement kDropHeard{"drop_heard", "delete from heard"};
constexpr Statement kDropFolds{"drop_all_folds", "delete from fold returning run_id"};
// Made anew of the events. What a run that waits was told of its turn is asked for again.
constexpr Statement kDropTurns{"drop_turns", "delete from turn returning run_id"};
constexpr Statement kForgetWaits{
    "forget_waits",
    "update run set lacks = null, turn_at = null where state = 0 and lacks is not "
    "null returning run_id"};

/// Keeps every dispatcher from taking a partition, and other commands from the database, while it lives.
class Guard {
 public:
  explicit Guard(const std::string& url) : session_(url) {}

  Result<void> take() {
    if (auto opened = session_.open(); !opened) return opened;
    if (auto locked = lock_for_maintenance(session_); !locked) return locked;
    auto held = session_.execute("begin; lock table lease in share mode");
    if (!held) return held;
    const auto owners = session_.run(kOwners);
    if (!owners) return std::unexpected(owners.error());
    if (owners->int8(0, 0) == 0) return {};
    return fail(ErrorCode::conflict, "a dispatcher owns " + std::to_string(owners->int8(0, 0)) +
                                         " partitions of this log: stop the dispatchers first");
  }

 private:
  LongSession session_;
};

class Rebuild {
 public:
  Rebuild(const std::string& url, Partition partitions, const Tell& tell)
      : url_(url), partitions_(partitions), tell_(tell), session_(url), definitions_(url) {}

  Result<RebuildReport> run();

 private:
  Result<void> remake_heads();
  Result<void> write_heads();
  Result<void> remake_origins();
  Result<void> write_origins();
  Result<void> change(const Statement& statement, const Params& params, std::uint64_t& count);

  const std::string& url_;
  Partition partitions_;
  const Tell& tell_;
  LongSession session_;
  Definitions definitions_;
  RebuildReport report_;
  std::vector<HeadWrite> heads_;
  std::vector<StoredOrigin> origins_;
  std::vector<std::string> causes_;  // external ids of origins_
  std::int64_t greatest_position_ = 0;
};

Result<void> Rebuild::change(const Statement& statement, const Params& params, std::uint64_t& count) {
  const auto rows = session_.run(statement, params);
  if (!rows) return std::unexpected(rows.error());
  count += static_cast<std::uint64_t>(rows->size());
  return {};
}

Result<void> Rebuild::write_heads() {
  auto transaction = Transaction::begin(session_);
  if (!transaction) return std::unexpected(transaction.error());
  const auto made = put_heads(session_, heads_);
  if (!made) return std::unexpected(made.error());
  const auto labelled = put_labels(session_, heads_);
  if (!labelled) return std::unexpected(labelled.error());
  std::vector<RunId> runs;
  runs.reserve(heads_.size());
  for (const HeadWrite& head : heads_) runs.push_back(head.row.run);
  if (const auto put = put_turns(session_, heads_); !put) return std::unexpected(put.error());
  const auto told = tell_of_open_runs(session_, runs);
  if (!told) return std::unexpected(told.error());
  if (auto committed = transaction->commit(); !committed) return committed;
  report_.heads_made += made->size();
  report_.labels_mended += labelled->size();
  report_.inbox_added += told->size();
  heads_.clear();
  return {};
}

Result<void> Rebuild::remake_heads() {
  auto snapshot = Snapshot::open(url_);
  if (!snapshot) return std::unexpected(snapshot.error());
  auto runs = RunReader::open(*snapshot, {});
  if (!runs) return std::unexpected(runs.error());
  while (true) {
    const auto run = runs->next();
    if (!run) return std::unexpected(run.error());
    if (!*run) return write_heads();
    ++report_.runs;
    report_.events += (*run)->events.size();
    for (const run::Event& event : (*run)->events)
      greatest_position_ = std::max(greatest_position_, event.position);
    for (const LogProblem& problem : (*run)->blobs) tell_(problem);
    auto head = remake_head(definitions_, (*run)->events, (*run)->group, partitions_, tell_);
    if (!head) return std::unexpected(head.error());
    if (*head) heads_.push_back(std::move(**head));
    if (heads_.size() < kHeadsAtOnce) continue;
    if (auto written = write_heads(); !written) return written;
  }
}

Result<void> Rebuild::write_origins() {
  if (origins_.empty()) return {};
  Columns columns(origins_.size());
  ArrayWriter& sources = columns.add(PgType::text, 8);
  ArrayWriter& causes = columns.add(PgType::text, 40);
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& times = columns.add(PgType::time, 8);
  ArrayWriter& runs = columns.add(PgType::bytes, 16);
  for (std::size_t i = 0; i < origins_.size(); ++i) {
    sources.add(origins_[i].kind);
    causes.add(causes_[i]);
    ids.add(origins_[i].maker);
    times.add(to_binary(origins_[i].at));
    std::string bytes;
    for (const RunId& run : origins_[i].runs) bytes += to_binary(run.uuid);
    runs.add(bytes);
  }
  origins_.clear();
  causes_.clear();
  return change(kPutOrigins, std::move(columns).take(), report_.origins_made);
}

/// A delivery is the first of its source and id, unless it repeats another. Its runs stand in its verdicts.
Result<void> Rebuild::remake_origins() {
  auto snapshot = Snapshot::open(url_);
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto take = [&](const StoredDelivery& delivery) -> Result<void> {
    const auto headers = read_json(delivery.headers);
    if (headers && find(&*headers, kReplayOf) != nullptr) return {};
    const auto verdicts = decode_verdicts(delivery.verdicts);
    if (!verdicts) {
      tell_(
          {std::nullopt, "",
           "the verdicts of delivery " + to_string(delivery.id) + " don't decode: no origin is made of it"});
      return {};
    }
    StoredOrigin origin;
    origin.kind = delivery.source;
    origin.maker = delivery.id.uuid;
    origin.at = delivery.at;
    for (const Verdict& verdict : *verdicts) {
      if (verdict.run) origin.runs.push_back(*verdict.run);
    }
    origins_.push_back(std::move(origin));
    causes_.push_back(delivery.external_id);
    return origins_.size() < kOriginsAtOnce ? Result<void>() : write_origins();
  };
  if (auto visited = visit_deliveries(*snapshot, {}, take); !visited) return visited;
  return write_origins();
}

Result<RebuildReport> Rebuild::run() {
  auto done = session_.open();
  const Params partitions = Params().add(std::int32_t{partitions_});
  if (done) done = change(kDropFolds, {}, report_.folds_dropped);
  std::uint64_t uncounted = 0;
  if (done) done = change(kDropListeners, {}, report_.listeners_dropped);
  if (done) done = change(kDropHeard, {}, report_.listeners_dropped);
  if (done) done = change(kDropTurns, {}, uncounted);
  if (done) done = change(kForgetWaits, {}, uncounted);
  if (done) done = change(kRemoveInbox, partitions, report_.inbox_removed);
  if (done) done = remake_heads();
  if (done) done = change(kRemoveHeads, {}, report_.heads_removed);
  if (done) done = change(kRemoveLabels, {}, report_.labels_mended);
  if (done) done = change(kGroupsOfPlaces, {}, report_.heads_made);
  if (done) done = change(kFreePlaces, {}, report_.places_freed);
  if (!done) return std::unexpected(done.error());
  const auto given = give_places(session_);
  if (!given) return std::unexpected(given.error());
  report_.places_given = given->size();
  done = remake_origins();
  if (done) done = move_position_beyond(session_, greatest_position_);
  if (!done) return std::unexpected(done.error());
  return report_;
}

}  // namespace

Result<RebuildReport> rebuild_indexes(const std::string& url,
                                      const std::function<void(const LogProblem&)>& tell) {
  const auto partitions = check_database(url);
  if (!partitions) return std::unexpected(partitions.error());
  Guard guard(url);
  if (auto taken = guard.take(); !taken) return std::unexpected(taken.error());
  return Rebuild(url, *partitions, tell).run();
}

}  // namespace callboard::log
