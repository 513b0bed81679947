#include "shared/log/archive/stored.hpp"

#include <algorithm>

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/labels.hpp"

namespace callboard::log {
namespace {

constexpr const char* kEvents =
    "select e.run_id, e.key, e.type, e.writer, e.position, e.at, whole(e.run_id, e.data), "
    "case when octet_length(e.data) = 75 and substr(e.data, 1, 9) = '{\"blob\":\"'::bytea then e.data end, "
    "r.state, r.closed_at, r.decisions, r.partition, r.created_at, r.delivery, d.hash, r.group_key, "
    "r.parent, "
    "case when e.key = 'd/0' then (select json_object_agg(l.name, l.value order by l.name)::text "
    "from run_label l where l.run_id = e.run_id) end "
    "from event e left join run r on r.run_id = e.run_id left join definition d on d.id = r.definition "
    "where true";
constexpr const char* kDefinitions =
    "select w.slug, d.name, d.version, d.hash, d.format, d.at, w.current is not distinct from d.id, d.body "
    "from definition d join workflow w on w.id = d.workflow";
constexpr const char* kDeliveries =
    "select id, source, external_id, event, matched_against, at, headers, verdicts, body from delivery";
constexpr const char* kOrigins =
    "select o.kind, o.hash, o.maker, o.delivery, o.at, o.fingerprint, o.runs from origin o";
constexpr const char* kRunsOfOrigin =
    "generate_series(0, octet_length(o.runs) / 16 - 1) i where not exists (select from run r "
    "where r.run_id = encode(substr(o.runs, i * 16 + 1, 16), 'hex')::uuid";

/// The definitions that runs had before they were moved (run.migrated, 3), as their rows of decisions say.
constexpr const char* kMovedFrom =
    "select convert_from(whole(e.run_id, e.data), 'UTF8')::json #>> '{list,0,hash}' "
    "from event e join run r on r.run_id = e.run_id where e.key = 'd/0' "
    "and exists (select from event m where m.run_id = e.run_id and m.type = 3) and ";

std::string time_literal(Time at) { return "'" + format_time(at) + "'::timestamptz"; }

/// Of an id: in one of the spans. Literals, so that the planner leaves out the other days' partitions.
std::string in_spans(const std::vector<Span>& spans, const std::string& id) {
  std::string out;
  for (const Span& span : spans) {
    out += out.empty() ? "(" : " or ";
    out += "(true";
    if (span.since) out += " and " + id + " >= first_uuid(" + time_literal(*span.since) + ")";
    if (span.until) out += " and " + id + " < first_uuid(" + time_literal(*span.until) + ")";
    out += ")";
  }
  return out.empty() ? "true" : out + ")";
}

std::string at_in_spans(const std::vector<Span>& spans) {
  std::string out;
  for (const Span& span : spans) {
    out += out.empty() ? "(" : " or ";
    out += "(true";
    if (span.since) out += " and o.at >= " + time_literal(*span.since);
    if (span.until) out += " and o.at < " + time_literal(*span.until);
    out += ")";
  }
  return out + ")";
}

/// Of a run: `id` is its column, `r` the head row's name.
std::string is_selected(const Selection& selection, const std::string& id) {
  std::string out = in_spans(selection.spans, id);
  if (!selection.runs.empty()) {
    out += " and " + id + " in (";
    for (const RunId& run : selection.runs) out += (out.back() == '(' ? "'" : ", '") + to_string(run) + "'";
    out += ")";
  }
  if (selection.closed_only) out += " and r.closed_at is not null";
  return out;
}

std::string of_runs(const Selection& selection, const std::string& column) {
  return "select r." + column + " from run r where " + is_selected(selection, "r.run_id");
}

RunHeadRow read_head(const Rows& row, const RunId& run) {
  RunHeadRow head;
  head.run = run;
  head.phase = static_cast<run::RunPhase>(row.int2(0, 8));
  head.closed_at = row.find_time(0, 9);
  head.decisions = row.int4(0, 10);
  head.partition = static_cast<Partition>(row.int2(0, 11));
  head.created_at = row.time(0, 12);
  if (const auto delivery = row.find_uuid(0, 13)) head.delivery = DeliveryId{*delivery};
  if (!row.is_null(0, 14)) head.definition = row.text(0, 14);
  if (const auto parent = row.find_uuid(0, 16)) head.parent = RunId{*parent};
  if (!row.is_null(0, 17)) head.labels = read_labels(row.text(0, 17));
  return head;
}

StoredEvent read_stored_event(const Rows& row) {
  StoredEvent stored;
  stored.event = read_event(row, 0);
  stored.has_data = !row.is_null(0, 6);
  if (!row.is_null(0, 7)) stored.reference = row.text(0, 7);
  if (!row.is_null(0, 8)) stored.head = read_head(row, stored.event.run);
  if (!row.is_null(0, 15)) stored.group = row.text(0, 15);
  return stored;
}

Definition read_definition(const Rows& row) {
  Definition definition;
  definition.slug = row.text(0, 0);
  definition.name = row.text(0, 1);
  definition.version = row.text(0, 2);
  definition.hash = row.text(0, 3);
  definition.format = row.text(0, 4);
  definition.at = row.time(0, 5);
  definition.current = row.boolean(0, 6);
  definition.body = row.text(0, 7);
  return definition;
}

StoredOrigin read_origin(const Rows& row) {
  StoredOrigin origin;
  origin.kind = row.text(0, 0);
  std::ranges::copy(row.bytes(0, 1).substr(0, origin.hash.size()), origin.hash.begin());
  origin.maker = row.uuid(0, 2);
  if (const auto delivery = row.find_uuid(0, 3)) origin.delivery = DeliveryId{*delivery};
  origin.at = row.time(0, 4);
  origin.fingerprint = row.text(0, 5);
  const std::string_view runs = row.bytes(0, 6);
  for (std::size_t at = 0; at + 16 <= runs.size(); at += 16)
    origin.runs.push_back(RunId{read_uuid(runs.data() + at)});
  return origin;
}

/// A blob's data is what its hash says, and is there.
void check_blob(const StoredEvent& stored, std::vector<LogProblem>& problems) {
  if (stored.reference.empty()) return;
  const run::Event& event = stored.event;
  if (!stored.has_data) {
    problems.push_back({event.run, event.key, "its blob is missing"});
  } else if ("{\"blob\":\"" + to_hex(sha256(event.data)) + "\"}" != stored.reference) {
    problems.push_back({event.run, event.key, "its blob is not what the hash says"});
  }
}

}  // namespace

Result<void> visit_rows(Snapshot& snapshot, const std::string& sql,
                        const std::function<Result<void>(const Rows&)>& visit) {
  auto stream = snapshot.stream(sql);
  if (!stream) return std::unexpected(stream.error());
  while (true) {
    const auto row = stream->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    if (auto visited = visit(**row); !visited) return visited;
  }
}

Result<void> check_snapshot_text(const std::string& text) {
  if (text.find_first_not_of("0123456789:,") == std::string::npos && std::ranges::count(text, ':') == 2)
    return {};
  return fail(ErrorCode::invalid, "the archive's snapshot has not the form of one");
}

Result<EventReader> EventReader::open(Snapshot& snapshot, const Reading& reading) {
  std::string sql = kEvents;
  if (!reading.selection.is_everything()) sql += " and " + is_selected(reading.selection, "e.run_id");
  if (reading.from) sql += " and e.run_id >= '" + to_string(*reading.from) + "'";
  if (!reading.seen.empty()) {
    if (auto checked = check_snapshot_text(reading.seen); !checked) return std::unexpected(checked.error());
    sql += " and pg_visible_in_snapshot(e.xid::text::xid8, '" + reading.seen + "'::pg_snapshot)";
  }
  auto rows = snapshot.stream(sql + " order by e.run_id, e.position, e.key");
  if (!rows) return std::unexpected(rows.error());
  return EventReader(*rows);
}

Result<std::optional<StoredEvent>> EventReader::next() {
  const auto row = rows_.next();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return read_stored_event(**row);
}

Result<RunReader> RunReader::open(Snapshot& snapshot, const Reading& reading) {
  auto events = EventReader::open(snapshot, reading);
  if (!events) return std::unexpected(events.error());
  RunReader reader(*events);
  auto first = reader.events_.next();
  if (!first) return std::unexpected(first.error());
  reader.ahead_ = std::move(*first);
  return reader;
}

Result<std::optional<StoredRun>> RunReader::next() {
  if (!ahead_) return std::nullopt;
  StoredRun run{ahead_->event.run, {}, ahead_->head, ahead_->group, {}};
  while (ahead_ && ahead_->event.run == run.id) {
    check_blob(*ahead_, run.blobs);
    if (ahead_->event.key == "d/0") run.head = std::move(ahead_->head);
    run.events.push_back(std::move(ahead_->event));
    auto next = events_.next();
    if (!next) return std::unexpected(next.error());
    ahead_ = std::move(*next);
  }
  return run;
}

Result<void> visit_definitions(Snapshot& snapshot, const Selection& selection,
                               const Visit<Definition>& visit) {
  std::string sql = kDefinitions;
  if (!selection.is_everything()) {
    sql += " where d.id in (" + of_runs(selection, "definition") + ") or d.hash in (" + kMovedFrom +
           is_selected(selection, "r.run_id") + ")";
  }
  return visit_rows(snapshot, sql + " order by d.id",
                    [&](const Rows& row) { return visit(read_definition(row)); });
}

Result<void> visit_deliveries(Snapshot& snapshot, const Selection& selection,
                              const Visit<StoredDelivery>& visit) {
  std::string sql = kDeliveries;
  if (!selection.is_everything()) {
    sql += " where id in (" + of_runs(selection, "delivery");
    const bool by_time = selection.runs.empty() && !selection.closed_only;
    if (by_time) sql += " union select id from delivery where " + in_spans(selection.spans, "id");
    sql += ")";
  }
  return visit_rows(snapshot, sql + " order by id", [&](const Rows& row) {
    return visit(StoredDelivery{DeliveryId{row.uuid(0, 0)}, row.text(0, 1), row.text(0, 2), row.text(0, 3),
                                row.text(0, 4), row.time(0, 5), row.text(0, 6), row.text(0, 7),
                                row.text(0, 8)});
  });
}

Result<void> visit_origins(Snapshot& snapshot, const Selection& selection, const Visit<StoredOrigin>& visit) {
  std::string sql = kOrigins;
  if (!selection.is_everything()) {
    sql += std::string(" where not exists (select from ") + kRunsOfOrigin + " and " +
           is_selected(selection, "r.run_id") + "))";
    const bool by_time = selection.runs.empty() && !selection.closed_only;
    sql += " and (octet_length(o.runs) > 0" +
           (by_time ? " or " + at_in_spans(selection.spans) : std::string()) + ")";
  }
  return visit_rows(snapshot, sql + " order by o.kind, o.hash",
                    [&](const Rows& row) { return visit(read_origin(row)); });
}

}  // namespace callboard::log
