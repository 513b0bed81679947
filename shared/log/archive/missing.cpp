#include "shared/log/archive/missing.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "shared/log/archive/heads.hpp"
#include "shared/log/held.hpp"
#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/verdicts.hpp"

namespace callboard::log {
namespace {

constexpr Statement kDefinitions{"definitions", "select hash from definition where hash = any ($1::text[])"};
constexpr Statement kDeliveries{
    "deliveries",
    "select id, source, external_id, event, matched_against, at, headers, verdicts, body from delivery "
    "where id = any ($1::uuid[])"};
constexpr Statement kOrigins{
    "origins",
    "select o.kind, o.hash, o.maker, o.fingerprint, o.runs "
    "from unnest($1::text[], $2::bytea[]) as t (kind, hash) join origin o on o.kind = t.kind and o.hash = "
    "t.hash"};
constexpr Statement kEvents{"events",
                            "select run_id, key, type, writer, position, at, whole(run_id, data) from event "
                            "where run_id = any ($1::uuid[])"};

std::string_view view(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::unexpected<Error> conflict(std::string what) { return fail(ErrorCode::conflict, std::move(what)); }

Result<void> find_definitions(LongSession& session, const ImportBatch& batch, ImportBatch& missing) {
  if (batch.definitions.empty()) return {};
  ArrayWriter hashes(PgType::text, batch.definitions.size(), 64 * batch.definitions.size());
  for (const Definition& definition : batch.definitions) hashes.add(definition.hash);
  const auto rows = session.run(kDefinitions, Params().add_bytes(std::move(hashes).take()));
  if (!rows) return std::unexpected(rows.error());
  std::set<std::string> stored;
  for (int row = 0; row < rows->size(); ++row) stored.insert(rows->text(row, 0));
  // The hash is of the content: another formatting of it is no conflict.
  for (const Definition& definition : batch.definitions) {
    if (!stored.contains(definition.hash)) missing.definitions.push_back(definition);
  }
  return {};
}

/// The same delivery, seen while an event of it was held and afterwards: what stands here stays.
bool is_same_but_held(const StoredDelivery& stored, StoredDelivery given) {
  const auto here = decode_verdicts(stored.verdicts);
  const auto there = decode_verdicts(given.verdicts);
  given.verdicts = stored.verdicts;
  return here && there && given == stored &&
         std::ranges::equal(*here, *there, [](const Verdict& a, const Verdict& b) {
           const bool is_held = a.outcome == kHeldOutcome || b.outcome == kHeldOutcome;
           return a.workflow == b.workflow &&
                  (is_held || (a.outcome == b.outcome && a.run == b.run && a.detail == b.detail));
         });
}

Result<void> find_deliveries(LongSession& session, const ImportBatch& batch, ImportBatch& missing) {
  if (batch.deliveries.empty()) return {};
  ArrayWriter ids(PgType::uuid, batch.deliveries.size(), 16 * batch.deliveries.size());
  for (const StoredDelivery& delivery : batch.deliveries) ids.add(delivery.id.uuid);
  const auto rows = session.run(kDeliveries, Params().add_bytes(std::move(ids).take()));
  if (!rows) return std::unexpected(rows.error());
  std::map<Uuid, StoredDelivery> stored;
  for (int row = 0; row < rows->size(); ++row) {
    const Uuid id = rows->uuid(row, 0);
    stored.emplace(id, StoredDelivery{DeliveryId{id}, rows->text(row, 1), rows->text(row, 2),
                                      rows->text(row, 3), rows->text(row, 4), rows->time(row, 5),
                                      rows->text(row, 6), rows->text(row, 7), rows->text(row, 8)});
  }
  for (const StoredDelivery& delivery : batch.deliveries) {
    const auto found = stored.find(delivery.id.uuid);
    if (found == stored.end())
      missing.deliveries.push_back(delivery);
    else if (!(found->second == delivery) && !is_same_but_held(found->second, delivery))
      return conflict("delivery " + to_string(delivery.id) + " stands here with other bytes");
  }
  return {};
}

std::string bytes_of_runs(const StoredOrigin& origin) {
  std::string out;
  for (const RunId& run : origin.runs) out += to_binary(run.uuid);
  return out;
}

Result<void> find_origins(LongSession& session, const ImportBatch& batch, ImportBatch& missing) {
  if (batch.origins.empty()) return {};
  Columns columns(batch.origins.size());
  ArrayWriter& kinds = columns.add(PgType::text, 8);
  ArrayWriter& hashes = columns.add(PgType::bytes, 32);
  for (const StoredOrigin& origin : batch.origins) {
    kinds.add(origin.kind);
    hashes.add(view(origin.hash));
  }
  const auto rows = session.run(kOrigins, std::move(columns).take());
  if (!rows) return std::unexpected(rows.error());
  std::map<std::pair<std::string, std::string>, int> stored;
  for (int row = 0; row < rows->size(); ++row) stored[{rows->text(row, 0), rows->text(row, 1)}] = row;
  for (const StoredOrigin& origin : batch.origins) {
    const auto found = stored.find({origin.kind, std::string(view(origin.hash))});
    if (found == stored.end()) {
      missing.origins.push_back(origin);
      continue;
    }
    const int row = found->second;
    const bool same = rows->uuid(row, 2) == origin.maker && rows->bytes(row, 3) == origin.fingerprint &&
                      rows->bytes(row, 4) == bytes_of_runs(origin);
    if (!same) {
      return conflict("the cause " + origin.kind + " " + to_hex(origin.hash) + " of run " +
                      (origin.runs.empty() ? "none" : to_string(origin.runs.front())) +
                      " has started other runs here");
    }
  }
  return {};
}

using StoredEvents = std::map<RunId, std::map<std::string, run::Event>>;

bool is_same(const run::Event& a, const run::Event& b) {
  return a.type == b.type && a.writer == b.writer && a.position == b.position && a.at == b.at &&
         a.data == b.data;
}

Result<void> find_events(const ArchivedRun& run, std::map<std::string, run::Event>& stored,
                         ImportBatch& missing) {
  const std::string name = "run " + to_string(run.heading.id);
  ArchivedRun lacking{run.heading, {}};
  for (const run::Event& event : run.events) {
    const auto found = stored.find(event.key);
    if (found == stored.end()) {
      lacking.events.push_back(event);
      continue;
    }
    if (!is_same(found->second, event))
      return conflict(name + ", " + event.key + ": stands here with other bytes");
    stored.erase(found);
  }
  if (lacking.events.empty()) return {};
  if (!stored.empty()) {
    return conflict(name + ", " + stored.begin()->first + ": stands here and not in the archive, which has " +
                    lacking.events.front().key + " instead: the run went on in two places");
  }
  missing.runs.push_back(std::move(lacking));
  return {};
}

Result<void> find_runs(LongSession& session, const ImportBatch& batch, ImportBatch& missing) {
  if (batch.runs.empty()) return {};
  std::vector<RunId> ids;
  ids.reserve(batch.runs.size());
  for (const ArchivedRun& run : batch.runs) ids.push_back(run.heading.id);
  const auto rows = session.run(kEvents, ids_of(ids));
  if (!rows) return std::unexpected(rows.error());
  StoredEvents stored;
  for (int row = 0; row < rows->size(); ++row) {
    run::Event event = read_event(*rows, row);
    auto& of_run = stored[event.run];
    std::string key = event.key;
    of_run.emplace(std::move(key), std::move(event));
  }
  for (const ArchivedRun& run : batch.runs) {
    if (auto found = find_events(run, stored[run.heading.id], missing); !found) return found;
  }
  return {};
}

}  // namespace

Result<ImportBatch> find_missing(LongSession& session, const ImportBatch& batch) {
  ImportBatch missing;
  auto found = find_definitions(session, batch, missing);
  if (found) found = find_deliveries(session, batch, missing);
  if (found) found = find_origins(session, batch, missing);
  if (found) found = find_runs(session, batch, missing);
  if (!found) return std::unexpected(found.error());
  return missing;
}

}  // namespace callboard::log
