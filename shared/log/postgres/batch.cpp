#include "shared/log/postgres/batch.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"

namespace callboard::log {
namespace {

constexpr std::string_view kReferenceStart = R"({"blob":")";
constexpr std::size_t kReferenceBytes = 75;

Query admit_step_query(const AdmitItem& item) {
  const auto& [place, decision, done] = item;
  return {
      &kAdmitStep,
      {place.rate->name, to_binary(static_cast<std::int32_t>(place.rate->limit)),
       to_binary(std::int64_t{place.rate->per.count()}), to_binary(place.run.uuid), decision.key,
       to_binary(decision.writer.value), to_binary(static_cast<std::int16_t>(decision.type)), decision.data}};
}

Query admit_query(const AdmitItem& item) {
  if (item.place.of_step) return admit_step_query(item);
  const auto& [place, decision, done] = item;
  return {
      &kAdmit,
      {place.group, to_binary(static_cast<std::int32_t>(place.limit)), to_binary(place.run.uuid),
       decision.key, to_binary(decision.writer.value), to_binary(static_cast<std::int16_t>(decision.type)),
       decision.data, place.rate ? place.rate->name : std::string(),
       to_binary(static_cast<std::int32_t>(place.rate ? place.rate->limit : 0)),
       to_binary(std::int64_t{place.rate ? place.rate->per.count() : 0})}};
}

void settle_admission(AdmitItem item, const Rows& rows) {
  if (!rows.boolean(0, 0)) return item.done(Slots::Admitted{.row = {}, .turn_at = rows.find_time(0, 3)});
  Append& row = item.decision;
  item.done(Slots::Admitted{.row = run::Event{.run = row.run,
                                              .key = std::move(row.key),
                                              .type = row.type,
                                              .writer = row.writer,
                                              .position = rows.int8(0, 1),
                                              .at = rows.time(0, 2),
                                              .data = std::move(row.data)},
                            .turn_at = {}});
}

Sha256 hash_in(const std::string& reference) {
  Sha256 hash{};
  const auto digit = [&](std::size_t at) {
    const char c = reference[kReferenceStart.size() + at];
    return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<std::uint8_t>(digit(2 * i) << 4 | digit(2 * i + 1));
  }
  return hash;
}

}  // namespace

std::size_t bytes_of(const Append& row) {
  std::size_t bytes = row.key.size() + row.data.size();
  if (row.close) {
    for (const std::string& key : row.close->free_keys) bytes += key.size();
  }
  for (const NewRun& run : row.runs) bytes += run.created.size();
  for (const Append::Other& other : row.others) bytes += other.key.size() + other.data.size();
  return bytes;
}

std::size_t bytes_of(const Arrival& arrival) {
  std::size_t bytes = arrival.origin.size() + arrival.fingerprint.size();
  if (arrival.delivery) bytes += arrival.delivery->headers.size() + arrival.delivery->body.size();
  for (const NewRun& run : arrival.runs) bytes += run.created.size();
  return bytes;
}

std::string blob_reference(const std::string& data) {
  const bool looks_like_one = data.size() == kReferenceBytes && data.starts_with(kReferenceStart);
  if (data.size() <= limits::kEventInlineBytes && !looks_like_one) return {};
  return std::string(kReferenceStart) + to_hex(sha256(data)) + "\"}";
}

void BlobColumns::add(const RunId& run, const std::string& reference, const std::string& data) {
  if (!reference.empty()) rows_.push_back({run, hash_in(reference), &data});
}

void BlobColumns::add_query(std::vector<Query>& queries) const {
  if (rows_.empty()) return;
  std::vector<Row> rows = rows_;
  std::ranges::sort(
      rows, [](const Row& a, const Row& b) { return std::tie(a.run, a.hash) < std::tie(b.run, b.hash); });
  std::size_t bytes = 0;
  for (const Row& row : rows) bytes += row.data->size();
  ArrayWriter runs(PgType::uuid, rows.size(), rows.size() * 16);
  ArrayWriter hashes(PgType::bytes, rows.size(), rows.size() * 32);
  ArrayWriter data(PgType::bytes, rows.size(), bytes);
  for (const Row& row : rows) {
    runs.add(row.run.uuid);
    hashes.add(std::string_view(reinterpret_cast<const char*>(row.hash.data()), row.hash.size()));
    data.add(*row.data);
  }
  queries.push_back(
      {&kStoreBlobs, {std::move(runs).take(), std::move(hashes).take(), std::move(data).take()}});
}

std::vector<Query> make_queries(Batch& batch, Partition partitions) {
  std::vector<Query> queries;
  if (batch.admission) {
    queries.push_back(admit_query(*batch.admission));
    return queries;
  }
  sort_appends(batch.appends);
  sort_arrivals(batch.arrivals);
  if (stores_deliveries(batch.arrivals)) queries.push_back({&kShareArrivals, {}});
  BlobColumns blobs;
  for (const AppendItem& item : batch.appends) blobs.add(item.row.run, item.reference, item.row.data);
  add_hanging_blobs(batch.appends, blobs);
  for (const ArrivalItem& item : batch.arrivals) {
    for (std::size_t i = 0; i < item.references.size(); ++i) {
      blobs.add(item.arrival.runs[i].id, item.references[i], item.arrival.runs[i].created);
    }
  }
  blobs.add_query(queries);
  add_append_queries(batch.appends, partitions, queries);
  add_hanging_queries(batch.appends, partitions, queries);
  add_arrival_queries(batch.arrivals, queries);
  return queries;
}

Batch settle(Batch batch, std::vector<Rows> results) {
  ResultReader reader(results);
  Batch lost;
  if (batch.admission) {
    settle_admission(std::move(*batch.admission), reader.next());
    return lost;
  }
  if (stores_deliveries(batch.arrivals)) reader.next();
  BlobColumns hanging;
  add_hanging_blobs(batch.appends, hanging);
  const bool has_blobs =
      !hanging.is_empty() ||
      std::ranges::any_of(batch.appends, [](const AppendItem& item) { return !item.reference.empty(); }) ||
      std::ranges::any_of(batch.arrivals, [](const ArrivalItem& item) {
        return std::ranges::any_of(item.references,
                                   [](const std::string& reference) { return !reference.empty(); });
      });
  if (has_blobs) reader.next();
  const std::size_t hanging_queries = count_hanging_queries(batch.appends);
  settle_appends(std::move(batch.appends), reader, hanging_queries, lost.appends);
  settle_arrivals(std::move(batch.arrivals), reader, lost.arrivals);
  return lost;
}

std::vector<Query> make_reads(const Batch& lost) {
  std::vector<Query> queries;
  queries.push_back(read_appends(lost.appends));
  add_arrival_reads(lost.arrivals, queries);
  return queries;
}

Batch settle_reads(Batch lost, std::vector<Rows> results) {
  ResultReader reader(results);
  Batch missing;
  settle_stored_appends(std::move(lost.appends), reader.next(), missing.appends);
  settle_stored_arrivals(std::move(lost.arrivals), reader, missing.arrivals);
  return missing;
}

void fail_all(Batch batch, const Error& error) {
  for (AppendItem& item : batch.appends) item.done(std::unexpected(error));
  for (ArrivalItem& item : batch.arrivals) {
    if (item.done) item.done(std::unexpected(error));
  }
  if (batch.admission) batch.admission->done(std::unexpected(error));
}

}  // namespace callboard::log
