#include <algorithm>

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"

namespace callboard::log {
namespace {

using Items = std::vector<AppendItem>;

/// The row that something hangs on.
struct ByColumns {
  explicit ByColumns(std::size_t n)
      : runs(PgType::uuid, n, n * 16), keys(PgType::text, n, n * 8), writers(PgType::int8, n, n * 8) {}
  void add(const Append& row) {
    runs.add(row.run.uuid);
    keys.add(row.key);
    writers.add(row.writer.value);
  }
  void take(Query& query) {
    for (ArrayWriter* column : {&runs, &keys, &writers}) query.params.push_back(std::move(*column).take());
  }
  ArrayWriter runs;
  ArrayWriter keys;
  ArrayWriter writers;
};

std::size_t count_runs(const Items& items) {
  std::size_t count = 0;
  for (const AppendItem& item : items) count += item.row.runs.size();
  return count;
}

std::size_t count_others(const Items& items) {
  std::size_t count = 0;
  for (const AppendItem& item : items) count += item.row.others.size();
  return count;
}

std::vector<RunId> told_runs(const Items& items) {
  std::vector<RunId> out;
  for (const AppendItem& item : items) {
    for (const NewRun& run : item.row.runs) {
      if (run.inbox) out.push_back(run.id);
    }
  }
  return out;
}

Query make_heads(const Items& items, std::size_t n) {
  ByColumns by(n);
  HeadColumns heads(n);
  for (const AppendItem& item : items) {
    for (const NewRun& run : item.row.runs) {
      by.add(item.row);
      heads.add(run, std::nullopt);
    }
  }
  Query query{&kMakeHeadsOfRows, {}};
  by.take(query);
  std::move(heads).take(query);
  return query;
}

Query make_created(const Items& items, std::size_t n) {
  ArrayWriter ids(PgType::uuid, n, n * 16);
  ArrayWriter writers(PgType::int8, n, n * 8);
  ArrayWriter data(PgType::bytes, n, n * 256);
  for (const AppendItem& item : items) {
    for (std::size_t i = 0; i < item.row.runs.size(); ++i) {
      const NewRun& run = item.row.runs[i];
      ids.add(run.id.uuid);
      writers.add(run.writer.value);
      data.add(item.run_references[i].empty() ? run.created : item.run_references[i]);
    }
  }
  return {&kMakeCreated, {std::move(ids).take(), std::move(writers).take(), std::move(data).take()}};
}

std::size_t count_labels(const Items& items) {
  std::size_t count = 0;
  for (const AppendItem& item : items) {
    for (const NewRun& run : item.row.runs) count += run.labels.size();
  }
  return count;
}

Query append_others(const Items& items, std::size_t n, Partition partitions) {
  ByColumns by(n);
  ArrayWriter runs(PgType::uuid, n, n * 16);
  ArrayWriter keys(PgType::text, n, n * 32);
  ArrayWriter writers(PgType::int8, n, n * 8);
  ArrayWriter types(PgType::int2, n, n * 2);
  ArrayWriter data(PgType::bytes, n, n * 256);
  for (const AppendItem& item : items) {
    for (std::size_t i = 0; i < item.row.others.size(); ++i) {
      const Append::Other& other = item.row.others[i];
      by.add(item.row);
      runs.add(other.run.uuid);
      keys.add(other.key);
      writers.add(other.writer.value);
      types.add(static_cast<std::int16_t>(other.type));
      data.add(item.other_references[i].empty() ? other.data : item.other_references[i]);
    }
  }
  Query query{&kAppendOthers, {}};
  by.take(query);
  for (ArrayWriter* column : {&runs, &keys, &writers, &types, &data})
    query.params.push_back(std::move(*column).take());
  query.params.push_back(to_binary(static_cast<std::int32_t>(partitions)));
  return query;
}

}  // namespace

void add_hanging_queries(const Items& items, Partition partitions, std::vector<Query>& queries) {
  if (const std::size_t runs = count_runs(items); runs > 0) {
    queries.push_back(make_heads(items, runs));
    queries.push_back(make_created(items, runs));
  }
  if (const std::size_t labels = count_labels(items); labels > 0) {
    LabelColumns columns(labels);
    for (const AppendItem& item : items) {
      for (const NewRun& run : item.row.runs) columns.add(run);
    }
    queries.push_back(std::move(columns).take());
  }
  if (const std::vector<RunId> told = told_runs(items); !told.empty()) {
    ArrayWriter ids(PgType::uuid, told.size(), told.size() * 16);
    for (const RunId& run : told) ids.add(run.uuid);
    queries.push_back({&kTellOfRuns, {std::move(ids).take()}});
  }
  if (const std::size_t others = count_others(items); others > 0)
    queries.push_back(append_others(items, others, partitions));
}

std::size_t count_hanging_queries(const Items& items) {
  return (count_runs(items) > 0 ? 2u : 0u) + (count_labels(items) > 0 ? 1u : 0u) +
         (told_runs(items).empty() ? 0u : 1u) + (count_others(items) > 0 ? 1u : 0u);
}

void add_hanging_blobs(const Items& items, BlobColumns& blobs) {
  for (const AppendItem& item : items) {
    for (std::size_t i = 0; i < item.row.runs.size(); ++i)
      blobs.add(item.row.runs[i].id, item.run_references[i], item.row.runs[i].created);
    for (std::size_t i = 0; i < item.row.others.size(); ++i)
      blobs.add(item.row.others[i].run, item.other_references[i], item.row.others[i].data);
  }
}

}  // namespace callboard::log
