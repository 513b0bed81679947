#include "shared/log/postgres/listeners.hpp"

namespace callboard::log {
namespace {

constexpr Statement kPut{"put_listeners",
                         "select put_listeners($1::uuid[], $2::text[], $3::text[], $4::text[])"};
constexpr Statement kWaitForArrivals{"wait_for_arrivals", "select wait_for_arrivals()"};
constexpr Statement kSecured{
    "secured_listeners",
    "select l.run_id, l.target from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) "
    "as t (run_id, target, source, key) join listener l on l.run_id = t.run_id and l.target = t.target "
    "and l.source = t.source and l.key = t.key group by 1, 2 having bool_and(l.secured)"};

// The lease is held until the commit: whoever takes the partition afterwards sees what was done.
#define CALLBOARD_HELD                                                                             \
  "with named as (select l.* from unnest($2::uuid[], $3::text[]) as t (run_id, target) "           \
  "join listener l on l.run_id = t.run_id and l.target = t.target), "                              \
  "held as (select x.partition from lease x where x.holder = $1::uuid and x.partition in (select " \
  "partition from named) for share) "
#define CALLBOARD_IS_HELD                                                                              \
  "l.partition = h.partition and l.run_id = n.run_id and l.target = n.target and l.source = n.source " \
  "and l.key = n.key and l.partition = n.partition"
constexpr Statement kSecure{"secure_listeners", CALLBOARD_HELD
                            "update listener l set secured = true from named n, held h "
                            "where not l.secured and " CALLBOARD_IS_HELD};
constexpr Statement kRemove{"remove_listeners", CALLBOARD_HELD
                            "delete from listener l using named n, held h where " CALLBOARD_IS_HELD};
#undef CALLBOARD_HELD
#undef CALLBOARD_IS_HELD

constexpr Statement kReadHeard{"read_heard",
                               "select partition, id, delivery from heard where partition = any "
                               "($1::smallint[]) order by id limit $2::int"};
constexpr Statement kDeleteHeard{
    "delete_heard",
    "delete from heard e using unnest($2::smallint[], $3::bigint[]) as t (partition, id), lease l "
    "where e.partition = t.partition and e.id = t.id and l.partition = t.partition and l.holder = $1::uuid"};
constexpr Statement kStanding{
    "standing_listeners",
    "select run_id, target, secured from listener where source = $1::text and key = $2::text and partition = "
    "$3::smallint and ($4::uuid is null or (run_id, target) > ($4::uuid, $5::text)) "
    "order by run_id, target limit $6::int"};
constexpr Statement kIsAwaited{
    "is_awaited", "select exists (select from listener where source = $1::text and key = $2::text)"};
// An id is made within an hour of its row.
constexpr Statement kLookBack{
    "look_back",
    "select id from delivery where source = $1::text and listening_key(source, event) = $2::text "
    "and id > coalesce($4::uuid, first_uuid($3::timestamptz - interval '1 hour')) and at >= $3::timestamptz "
    "order by id limit $5::int"};

// As run::tell_of makes the keys.
constexpr Statement kTold{
    "told_of_delivery",
    "select e.run_id, w.slug, e.key from event e join run r on r.run_id = e.run_id "
    "join workflow w on w.id = r.workflow "
    "where (e.key like 'signal/event-%' or e.key like 'cmd/event-%') and (e.key = 'cmd/event-' || $1::text "
    "or (e.key >= 'signal/event-' || $1::text and e.key < 'signal/event-' || $1::text || '.')) "
    "order by e.run_id, e.key limit $2::int"};

Params columns_of(const std::vector<Listeners::Listener>& listeners) {
  ArrayWriter runs(PgType::uuid, listeners.size(), listeners.size() * 16);
  ArrayWriter targets(PgType::text, listeners.size(), listeners.size() * 32);
  ArrayWriter sources(PgType::text, listeners.size(), listeners.size() * 8);
  ArrayWriter keys(PgType::text, listeners.size(), listeners.size() * 24);
  for (const Listeners::Listener& one : listeners) {
    runs.add(one.name.run.uuid);
    targets.add(one.name.target);
    sources.add(one.source);
    keys.add(one.key);
  }
  Params params;
  for (ArrayWriter* column : {&runs, &targets, &sources, &keys}) params.add_bytes(std::move(*column).take());
  return params;
}

Params columns_of(const Incarnation& holder, const std::vector<Listeners::Name>& names) {
  ArrayWriter runs(PgType::uuid, names.size(), names.size() * 16);
  ArrayWriter targets(PgType::text, names.size(), names.size() * 32);
  for (const Listeners::Name& name : names) {
    runs.add(name.run.uuid);
    targets.add(name.target);
  }
  Params params = Params().add(holder);
  params.add_bytes(std::move(runs).take()).add_bytes(std::move(targets).take());
  return params;
}

Result<bool> change(Session& session, const Statement& statement, const Params& params) {
  const auto changed = session.run(statement, params);
  return changed ? Result<bool>(true) : failed<bool>(changed);
}

}  // namespace

void PostgresListeners::stand(std::vector<Listener> listeners, Done<std::vector<Name>> done) {
  readers_.run<std::vector<Name>>(
      [params = columns_of(listeners)](Session& session) -> Result<std::vector<Name>> {
        if (const auto put = session.run(kPut, params); !put) return failed<std::vector<Name>>(put);
        const auto waited = session.run(kWaitForArrivals, {});
        if (!waited) return failed<std::vector<Name>>(waited);
        const auto rows = session.run(kSecured, params);
        if (!rows) return failed<std::vector<Name>>(rows);
        return read_each(*rows, [&](int row) { return Name{RunId{rows->uuid(row, 0)}, rows->text(row, 1)}; });
      },
      std::move(done));
}

void PostgresListeners::secure(const Incarnation& holder, std::vector<Name> names, Done<bool> done) {
  readers_.run<bool>(
      [params = columns_of(holder, names)](Session& session) { return change(session, kSecure, params); },
      std::move(done));
}

void PostgresListeners::remove(const Incarnation& holder, std::vector<Name> names, Done<bool> done) {
  readers_.run<bool>(
      [params = columns_of(holder, names)](Session& session) { return change(session, kRemove, params); },
      std::move(done));
}

void PostgresListeners::read_heard(std::vector<Partition> partitions, int limit,
                                   Done<std::vector<Heard>> done) {
  ArrayWriter wanted(PgType::int2, partitions.size(), partitions.size() * 2);
  for (const Partition partition : partitions) wanted.add(static_cast<std::int16_t>(partition));
  const Params params = Params().add_bytes(std::move(wanted).take()).add(static_cast<std::int32_t>(limit));
  readers_.run<std::vector<Heard>>(
      [params](Session& session) -> Result<std::vector<Heard>> {
        const auto rows = session.run(kReadHeard, params);
        if (!rows) return failed<std::vector<Heard>>(rows);
        return read_each(*rows, [&](int row) {
          return Heard{static_cast<Partition>(rows->int2(row, 0)), rows->int8(row, 1),
                       DeliveryId{rows->uuid(row, 2)}};
        });
      },
      std::move(done));
}

void PostgresListeners::delete_heard(const Incarnation& holder, std::vector<Heard> rows, Done<bool> done) {
  ArrayWriter partitions(PgType::int2, rows.size(), rows.size() * 2);
  ArrayWriter ids(PgType::int8, rows.size(), rows.size() * 8);
  for (const Heard& row : rows) {
    partitions.add(static_cast<std::int16_t>(row.partition));
    ids.add(row.id);
  }
  Params params = Params().add(holder);
  params.add_bytes(std::move(partitions).take()).add_bytes(std::move(ids).take());
  readers_.run<bool>([params](Session& session) { return change(session, kDeleteHeard, params); },
                     std::move(done));
}

void PostgresListeners::standing(Partition partition, std::string source, std::string key,
                                 std::optional<Name> after, int limit, Done<std::vector<Standing>> done) {
  Params params;
  params.add_bytes(std::move(source)).add_bytes(std::move(key)).add(static_cast<std::int16_t>(partition));
  if (after) {
    params.add(after->run).add_bytes(after->target);
  } else {
    params.add_null().add_null();
  }
  params.add(static_cast<std::int32_t>(limit));
  readers_.run<std::vector<Standing>>(
      [params = std::move(params)](Session& session) -> Result<std::vector<Standing>> {
        const auto rows = session.run(kStanding, params);
        if (!rows) return failed<std::vector<Standing>>(rows);
        return read_each(*rows, [&](int row) {
          return Standing{{RunId{rows->uuid(row, 0)}, rows->text(row, 1)}, rows->boolean(row, 2)};
        });
      },
      std::move(done));
}

void PostgresListeners::is_awaited(std::string source, std::string key, Done<bool> done) {
  Params params;
  params.add_bytes(std::move(source)).add_bytes(std::move(key));
  readers_.run<bool>(
      [params = std::move(params)](Session& session) -> Result<bool> {
        const auto rows = session.run(kIsAwaited, params);
        if (!rows) return failed<bool>(rows);
        return rows->boolean(0, 0);
      },
      std::move(done));
}

void PostgresListeners::told(const DeliveryId& delivery, int limit, Done<std::vector<Told>> done) {
  const Params params = Params().add_bytes(to_string(delivery)).add(static_cast<std::int32_t>(limit));
  readers_.run<std::vector<Told>>(
      [params](Session& session) -> Result<std::vector<Told>> {
        const auto rows = session.run(kTold, params);
        if (!rows) return failed<std::vector<Told>>(rows);
        return read_each(*rows, [&](int row) {
          return Told{RunId{rows->uuid(row, 0)}, rows->text(row, 1), rows->text(row, 2)};
        });
      },
      std::move(done));
}

void PostgresListeners::look_back(std::string source, std::string key, Time since,
                                  std::optional<DeliveryId> after, int limit,
                                  Done<std::vector<DeliveryId>> done) {
  Params params;
  params.add_bytes(std::move(source)).add_bytes(std::move(key)).add(since);
  if (after) {
    params.add(*after);
  } else {
    params.add_null();
  }
  params.add(static_cast<std::int32_t>(limit));
  readers_.run<std::vector<DeliveryId>>(
      [params = std::move(params)](Session& session) -> Result<std::vector<DeliveryId>> {
        const auto rows = session.run(kLookBack, params);
        if (!rows) return failed<std::vector<DeliveryId>>(rows);
        return read_each(*rows, [&](int row) { return DeliveryId{rows->uuid(row, 0)}; });
      },
      std::move(done));
}

}  // namespace callboard::log
