#include "shared/log/archive/rows_in.hpp"

#include <algorithm>
#include <tuple>

#include "shared/log/archive/heads.hpp"
#include "shared/log/postgres/batch_parts.hpp"

namespace callboard::log {
namespace {

constexpr Statement kInsertWorkflows{
    "insert_workflows",
    "insert into workflow (slug) select distinct * from unnest($1::text[]) on conflict do nothing"};
constexpr Statement kInsertDefinitions{
    "insert_definitions",
    "with made as ("
    "  insert into definition (workflow, hash, name, version, format, at, body) "
    "  select w.id, t.hash, t.name, t.version, t.format, t.at, t.body "
    "  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], "
    "$7::bytea[]) "
    "  with ordinality as t (slug, hash, name, version, format, at, body, i) "
    "  join workflow w on w.slug = t.slug order by t.i on conflict do nothing returning id, workflow, hash) "
    "update workflow w set current = m.id from made m "
    "where m.workflow = w.id and w.current is null and m.hash = any ($8::text[])"};
constexpr Statement kInsertDeliveries{
    "insert_deliveries",
    "insert into delivery (id, source, external_id, event, matched_against, at, headers, verdicts, body) "
    "select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], "
    "$7::bytea[], $8::bytea[], $9::bytea[]) on conflict do nothing"};
constexpr Statement kInsertOrigins{
    "insert_origins",
    "insert into origin (kind, hash, maker, delivery, at, fingerprint, runs) "
    "select * from unnest($1::text[], $2::bytea[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::bytea[], "
    "$7::bytea[]) on conflict do nothing"};
constexpr Statement kInsertBlobs{
    "insert_blobs",
    "insert into blob (run_id, hash, data) select t.run_id, sha256(t.data), t.data "
    "from unnest($1::uuid[], $2::bytea[]) as t (run_id, data) on conflict do nothing"};
constexpr Statement kInsertEvents{
    "insert_events",
    "insert into event (run_id, key, type, writer, position, at, data) "
    "select * from unnest($1::uuid[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[], "
    "$6::timestamptz[], $7::bytea[]) on conflict do nothing"};
constexpr Statement kMovePosition{
    "move_position",
    "select setval('event_position', $1::bigint) from event_position where last_value < $1::bigint"};

Result<void> run(LongSession& session, const Statement& statement, Params params) {
  if (const auto rows = session.run(statement, params); !rows) return std::unexpected(rows.error());
  return {};
}

std::string_view view(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

struct EventRow {
  const run::Event* event;
  std::string reference;

  const std::string& data() const { return reference.empty() ? event->data : reference; }
};

Result<void> insert_blobs(LongSession& session, std::span<const EventRow> rows) {
  const auto count = std::ranges::count_if(rows, [](const EventRow& row) { return !row.reference.empty(); });
  if (count == 0) return {};
  Columns columns(static_cast<std::size_t>(count));
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& data = columns.add(PgType::bytes, 2 * limits::kEventInlineBytes);
  for (const EventRow& row : rows) {
    if (row.reference.empty()) continue;
    ids.add(row.event->run.uuid);
    data.add(row.event->data);
  }
  return run(session, kInsertBlobs, std::move(columns).take());
}

Result<void> insert_part(LongSession& session, std::span<const EventRow> rows) {
  if (auto stored = insert_blobs(session, rows); !stored) return stored;
  Columns columns(rows.size());
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& keys = columns.add(PgType::text, 24);
  ArrayWriter& types = columns.add(PgType::int2, 2);
  ArrayWriter& writers = columns.add(PgType::int8, 8);
  ArrayWriter& positions = columns.add(PgType::int8, 8);
  ArrayWriter& times = columns.add(PgType::time, 8);
  ArrayWriter& data = columns.add(PgType::bytes, 256);
  for (const EventRow& row : rows) {
    ids.add(row.event->run.uuid);
    keys.add(row.event->key);
    types.add(static_cast<std::int16_t>(row.event->type));
    writers.add(row.event->writer.value);
    positions.add(row.event->position);
    times.add(to_binary(row.event->at));
    data.add(row.data());
  }
  return run(session, kInsertEvents, std::move(columns).take());
}

std::string partition_statement(std::string_view parent, std::chrono::sys_days day) {
  const auto bound = [](std::chrono::sys_days at) { return "first_uuid('" + format_time(Time(at)) + "')"; };
  const std::string name = std::string(parent) + "_" + day_name(day);
  return "do $$ begin if to_regclass('" + name + "') is null then create table " + name + " partition of " +
         std::string(parent) + " for values from (" + bound(day) + ") to (" +
         bound(day + std::chrono::days(1)) + "); end if; exception when check_violation then null; end $$;";
}

}  // namespace

Result<void> insert_definitions(LongSession& session, const std::vector<Definition>& definitions) {
  if (definitions.empty()) return {};
  Columns columns(definitions.size());
  ArrayWriter& slugs = columns.add(PgType::text, 16);
  ArrayWriter& hashes = columns.add(PgType::text, 64);
  ArrayWriter& names = columns.add(PgType::text, 16);
  ArrayWriter& versions = columns.add(PgType::text, 8);
  ArrayWriter& formats = columns.add(PgType::text, 4);
  ArrayWriter& times = columns.add(PgType::time, 8);
  ArrayWriter& bodies = columns.add(PgType::bytes, 1024);
  ArrayWriter all(PgType::text, definitions.size(), 16 * definitions.size());
  const auto is_current = [](const Definition& definition) { return definition.current; };
  ArrayWriter current(PgType::text, static_cast<std::size_t>(std::ranges::count_if(definitions, is_current)),
                      64);
  for (const Definition& definition : definitions) {
    slugs.add(definition.slug);
    all.add(definition.slug);
    hashes.add(definition.hash);
    names.add(definition.name);
    versions.add(definition.version);
    formats.add(definition.format);
    times.add(to_binary(definition.at));
    bodies.add(definition.body);
    if (definition.current) current.add(definition.hash);
  }
  auto made = run(session, kInsertWorkflows, Params().add_bytes(std::move(all).take()));
  if (!made) return made;
  Params params = std::move(columns).take();
  params.add_bytes(std::move(current).take());
  return run(session, kInsertDefinitions, std::move(params));
}

Result<void> insert_deliveries(LongSession& session, const std::vector<StoredDelivery>& deliveries) {
  if (deliveries.empty()) return {};
  Columns columns(deliveries.size());
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& sources = columns.add(PgType::text, 8);
  ArrayWriter& external_ids = columns.add(PgType::text, 40);
  ArrayWriter& events = columns.add(PgType::text, 24);
  ArrayWriter& matched = columns.add(PgType::text, 64);
  ArrayWriter& times = columns.add(PgType::time, 8);
  ArrayWriter& headers = columns.add(PgType::bytes, 512);
  ArrayWriter& verdicts = columns.add(PgType::bytes, 128);
  ArrayWriter& bodies = columns.add(PgType::bytes, 8 * limits::kKiB);
  for (const StoredDelivery& delivery : deliveries) {
    ids.add(delivery.id.uuid);
    sources.add(delivery.source);
    external_ids.add(delivery.external_id);
    events.add(delivery.event);
    matched.add(delivery.matched_against);
    times.add(to_binary(delivery.at));
    headers.add(delivery.headers);
    verdicts.add(delivery.verdicts);
    bodies.add(delivery.body);
  }
  return run(session, kInsertDeliveries, std::move(columns).take());
}

Result<void> insert_origins(LongSession& session, const std::vector<StoredOrigin>& origins) {
  if (origins.empty()) return {};
  Columns columns(origins.size());
  ArrayWriter& kinds = columns.add(PgType::text, 8);
  ArrayWriter& hashes = columns.add(PgType::bytes, 32);
  ArrayWriter& makers = columns.add(PgType::uuid, 16);
  ArrayWriter& deliveries = columns.add(PgType::uuid, 16);
  ArrayWriter& times = columns.add(PgType::time, 8);
  ArrayWriter& fingerprints = columns.add(PgType::bytes, 32);
  ArrayWriter& runs = columns.add(PgType::bytes, 16);
  for (const StoredOrigin& origin : origins) {
    kinds.add(origin.kind);
    hashes.add(view(origin.hash));
    makers.add(origin.maker);
    add_id(deliveries, origin.delivery);
    times.add(to_binary(origin.at));
    fingerprints.add(origin.fingerprint);
    std::string ids;
    for (const RunId& run : origin.runs) ids += to_binary(run.uuid);
    runs.add(ids);
  }
  return run(session, kInsertOrigins, std::move(columns).take());
}

Result<void> insert_events(LongSession& session, const std::vector<ArchivedRun>& runs) {
  std::vector<EventRow> rows;
  for (const ArchivedRun& archived : runs) {
    for (const run::Event& event : archived.events) rows.push_back({&event, blob_reference(event.data)});
  }
  // The order in which every process locks keys.
  std::ranges::sort(rows, {}, [](const EventRow& row) { return std::tie(row.event->run, row.event->key); });
  // One run may be larger than a batch; a statement is not.
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    std::size_t bytes = 0;
    while (end < rows.size() && bytes < limits::kArchiveBatchBytes) bytes += rows[end++].event->data.size();
    auto stored = insert_part(session, std::span(rows).subspan(begin, end - begin));
    if (!stored) return stored;
    begin = end;
  }
  return {};
}

std::string day_name(std::chrono::sys_days day) {
  std::string text = format_time(Time(day)).substr(0, 10);
  std::erase(text, '-');
  return text;
}

Result<void> make_day_partitions(LongSession& session, const std::set<std::chrono::sys_days>& days) {
  std::size_t made = 0;
  for (const std::chrono::sys_days day : days) {
    if (++made > limits::kArchiveDays) break;
    // make_partitions() takes the same lock.
    std::string sql = "begin; select pg_advisory_xact_lock(7216459301);";
    for (const std::string_view parent : {"event", "blob", "delivery"})
      sql += partition_statement(parent, day);
    if (auto done = session.execute(sql + "commit"); !done) return done;
  }
  return {};
}

Result<void> move_position_beyond(LongSession& session, std::int64_t position) {
  if (position < 1) return {};
  return run(session, kMovePosition, Params().add(position));
}

}  // namespace callboard::log
