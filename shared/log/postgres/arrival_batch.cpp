#include <algorithm>
#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"
#include "shared/log/postgres/verdicts.hpp"

namespace callboard::log {
namespace {

using Items = std::vector<ArrivalItem>;

std::string_view view(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
bool has_origin(const ArrivalItem& item) { return !item.arrival.origin_kind.empty(); }

/// Columns of one statement, each with room for `rows` values.
class Columns {
 public:
  explicit Columns(std::size_t rows) : rows_(rows) {}
  ArrayWriter& add(PgType type, std::size_t bytes_each) {
    return columns_.emplace_back(type, rows_, rows_ * bytes_each);
  }
  Query take(const Statement& statement) && {
    Query query{&statement, {}};
    for (ArrayWriter& column : columns_) query.params.push_back(std::move(column).take());
    return query;
  }

 private:
  std::size_t rows_;
  std::deque<ArrayWriter> columns_;  // references to the columns stay valid
};

void add_or_null(ArrayWriter& column, const std::optional<Delivery>& delivery) {
  delivery ? column.add(delivery->id.uuid) : column.add_null();
}

/// What tells later statements whether the arrival is the first of its origin.
struct CauseColumns {
  explicit CauseColumns(Columns& columns)
      : kinds(columns.add(PgType::text, 8)),
        hashes(columns.add(PgType::bytes, 32)),
        makers(columns.add(PgType::uuid, 16)) {}
  void add(const ArrivalItem& item) {
    kinds.add(item.arrival.origin_kind);
    hashes.add(view(item.hash));
    makers.add(item.maker);
  }
  ArrayWriter& kinds;
  ArrayWriter& hashes;
  ArrayWriter& makers;
};

std::string run_bytes(const Arrival& arrival) {
  std::string out;
  for (const NewRun& run : arrival.runs)
    out.append(reinterpret_cast<const char*>(run.id.uuid.bytes.data()), 16);
  return out;
}

void add_origins(const Items& items, std::vector<Query>& queries) {
  const auto count = static_cast<std::size_t>(std::ranges::count_if(items, has_origin));
  if (count == 0) return;
  Columns columns(count);
  ArrayWriter& kinds = columns.add(PgType::text, 8);
  ArrayWriter& hashes = columns.add(PgType::bytes, 32);
  ArrayWriter& fingerprints = columns.add(PgType::bytes, 32);
  ArrayWriter& makers = columns.add(PgType::uuid, 16);
  ArrayWriter& deliveries = columns.add(PgType::uuid, 16);
  ArrayWriter& runs = columns.add(PgType::bytes, 16);
  for (const ArrivalItem& item : items) {
    if (!has_origin(item)) continue;
    kinds.add(item.arrival.origin_kind);
    hashes.add(view(item.hash));
    fingerprints.add(item.arrival.fingerprint);
    makers.add(item.maker);
    add_or_null(deliveries, item.arrival.delivery);
    runs.add(run_bytes(item.arrival));
  }
  queries.push_back(std::move(columns).take(kStoreOrigins));
}

void add_deliveries(const Items& items, std::vector<Query>& queries) {
  std::size_t count = 0;
  std::size_t body_bytes = 0;
  for (const ArrivalItem& item : items) {
    if (!item.arrival.delivery) continue;
    ++count;
    body_bytes += item.arrival.delivery->body.size();
  }
  if (count == 0) return;
  Columns columns(count);
  CauseColumns causes(columns);
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& sources = columns.add(PgType::text, 8);
  ArrayWriter& external_ids = columns.add(PgType::text, 40);
  ArrayWriter& events = columns.add(PgType::text, 24);
  ArrayWriter& matched = columns.add(PgType::text, 64);
  ArrayWriter& headers = columns.add(PgType::bytes, 512);
  ArrayWriter& verdicts = columns.add(PgType::bytes, 128);
  ArrayWriter& bodies = columns.add(PgType::bytes, body_bytes / count + 1);
  for (const ArrivalItem& item : items) {
    if (!item.arrival.delivery) continue;
    const Delivery& delivery = *item.arrival.delivery;
    causes.add(item);
    ids.add(delivery.id.uuid);
    sources.add(delivery.source);
    external_ids.add(delivery.external_id);
    events.add(delivery.event);
    matched.add(delivery.matched_against);
    headers.add(delivery.headers);
    verdicts.add(encode_verdicts(delivery.verdicts));
    bodies.add(delivery.body);
  }
  queries.push_back(std::move(columns).take(kStoreDeliveries));
}

std::size_t count_runs(const Items& items) {
  std::size_t count = 0;
  for (const ArrivalItem& item : items) count += item.arrival.runs.size();
  return count;
}

void add_heads(const Items& items, std::size_t count, std::vector<Query>& queries) {
  Columns columns(count);
  CauseColumns causes(columns);
  HeadColumns heads(count);
  for (const ArrivalItem& item : items) {
    const auto& delivery = item.arrival.delivery;
    const auto own = delivery ? std::optional(delivery->id) : std::nullopt;
    for (const NewRun& run : item.arrival.runs) {
      causes.add(item);
      heads.add(run, own);
    }
  }
  queries.push_back(std::move(columns).take(kMakeHeads));
  std::move(heads).take(queries.back());
}

void add_created(const Items& items, std::size_t count, std::vector<Query>& queries) {
  Columns columns(count);
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& writers = columns.add(PgType::int8, 8);
  ArrayWriter& data = columns.add(PgType::bytes, 256);
  for (const ArrivalItem& item : items) {
    for (std::size_t i = 0; i < item.arrival.runs.size(); ++i) {
      const NewRun& run = item.arrival.runs[i];
      ids.add(run.id.uuid);
      writers.add(run.writer.value);
      data.add(item.references[i].empty() ? run.created : item.references[i]);
    }
  }
  queries.push_back(std::move(columns).take(kMakeCreated));
}

std::size_t count_labels(const Items& items) {
  std::size_t count = 0;
  for (const ArrivalItem& item : items) {
    for (const NewRun& run : item.arrival.runs) count += run.labels.size();
  }
  return count;
}

void add_labels(const Items& items, std::vector<Query>& queries) {
  const std::size_t count = count_labels(items);
  if (count == 0) return;
  LabelColumns columns(count);
  for (const ArrivalItem& item : items) {
    for (const NewRun& run : item.arrival.runs) columns.add(run);
  }
  queries.push_back(std::move(columns).take());
}

void add_told(const Items& items, std::vector<Query>& queries) {
  std::vector<RunId> told;
  for (const ArrivalItem& item : items) {
    for (const NewRun& run : item.arrival.runs) {
      if (run.inbox) told.push_back(run.id);
    }
  }
  if (told.empty()) return;
  Columns columns(told.size());
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  for (const RunId& run : told) ids.add(run.uuid);
  queries.push_back(std::move(columns).take(kTellOfRuns));
}

Arrived first_answer(const ArrivalItem& item, Time at) {
  Arrived arrived{false, std::nullopt, {}, at};
  if (item.arrival.delivery) arrived.delivery = item.arrival.delivery->id;
  for (const NewRun& run : item.arrival.runs) arrived.runs.push_back(run.id);
  return arrived;
}

Result<Arrived> stored_answer(const ArrivalItem& item, const Rows& rows, int row) {
  const std::string_view fingerprint = rows.bytes(row, 1);
  if (!item.arrival.fingerprint.empty() && fingerprint != item.arrival.fingerprint) {
    return fail(ErrorCode::conflict, "the same key came before with another request");
  }
  Arrived arrived{rows.uuid(row, 2) != item.maker, std::nullopt, {}, rows.time(row, 5)};
  if (const auto delivery = rows.find_uuid(row, 3)) arrived.delivery = DeliveryId{*delivery};
  const std::string_view runs = rows.bytes(row, 4);
  for (std::size_t at = 0; at + 16 <= runs.size(); at += 16)
    arrived.runs.push_back(RunId{read_uuid(runs.data() + at)});
  return arrived;
}

void answer(ArrivalItem& item, Result<Arrived> arrived) {
  if (auto done = std::exchange(item.done, nullptr)) done(std::move(arrived));
}

/// Rows (id, time) by id.
void collect_times(const Rows& rows, std::map<Uuid, Time>& times) {
  for (int row = 0; row < rows.size(); ++row) {
    if (!rows.is_null(row, 1)) times[rows.uuid(row, 0)] = rows.time(row, 1);
  }
}

}  // namespace

bool stores_deliveries(const Items& items) {
  return std::ranges::any_of(items,
                             [](const ArrivalItem& item) { return item.arrival.delivery.has_value(); });
}

void sort_arrivals(Items& items) {
  std::ranges::sort(items, [](const ArrivalItem& a, const ArrivalItem& b) {
    return std::tie(a.arrival.origin_kind, a.hash) < std::tie(b.arrival.origin_kind, b.hash);
  });
}

void add_arrival_queries(const Items& items, std::vector<Query>& queries) {
  add_origins(items, queries);
  add_deliveries(items, queries);
  add_held_queries(items, queries);
  const std::size_t runs = count_runs(items);
  if (runs > 0) {
    add_heads(items, runs, queries);
    add_created(items, runs, queries);
    add_labels(items, queries);
    add_told(items, queries);
  }
  add_fired_queries(items, queries);
}

void settle_arrivals(Items items, ResultReader& results, Items& lost) {
  std::map<Uuid, Time> won;  // by maker: its origin, or where it has none its delivery or first run
  if (std::ranges::any_of(items, has_origin)) collect_times(results.next(), won);
  if (stores_deliveries(items)) collect_times(results.next(), won);
  if (std::ranges::any_of(items, holds)) results.next();
  if (count_runs(items) > 0) {
    collect_times(results.next(), won);
    results.next();  // make_created
    if (count_labels(items) > 0) results.next();
    const auto tells = [](const ArrivalItem& item) {
      return std::ranges::any_of(item.arrival.runs, &NewRun::inbox);
    };
    if (std::ranges::any_of(items, tells)) results.next();
  }
  if (std::ranges::any_of(items, fires)) {
    results.next();  // settle_held
    results.next();  // drop_held
  }
  for (ArrivalItem& item : items) {
    const auto at = won.find(item.maker);
    if (at == won.end()) {
      lost.push_back(std::move(item));
    } else {
      answer(item, first_answer(item, at->second));
    }
  }
}

void add_arrival_reads(const Items& lost, std::vector<Query>& queries) {
  const auto with = static_cast<std::size_t>(std::ranges::count_if(lost, has_origin));
  Columns origins(with);
  ArrayWriter& kinds = origins.add(PgType::text, 8);
  ArrayWriter& hashes = origins.add(PgType::bytes, 32);
  Columns makers(lost.size() - with);
  ArrayWriter& ids = makers.add(PgType::uuid, 16);
  for (const ArrivalItem& item : lost) {
    if (!has_origin(item)) {
      ids.add(item.maker);
      continue;
    }
    kinds.add(item.arrival.origin_kind);
    hashes.add(view(item.hash));
  }
  queries.push_back(std::move(origins).take(kReadOrigins));
  queries.push_back(std::move(makers).take(kReadTimes));
}

void settle_stored_arrivals(Items lost, ResultReader& results, Items& missing) {
  const Rows& origins = results.next();
  std::map<Uuid, Time> times;
  collect_times(results.next(), times);
  std::map<std::int64_t, int> rows;  // by place among those with an origin, from 1
  for (int row = 0; row < origins.size(); ++row) rows[origins.int8(row, 0)] = row;
  std::int64_t place = 0;
  for (ArrivalItem& item : lost) {
    const auto row = has_origin(item) ? rows.find(++place) : rows.end();
    const auto at = times.find(item.maker);
    if (row != rows.end()) {
      answer(item, stored_answer(item, origins, row->second));
    } else if (at != times.end()) {
      answer(item, first_answer(item, at->second));
    } else {
      missing.push_back(std::move(item));
    }
  }
}

}  // namespace callboard::log
