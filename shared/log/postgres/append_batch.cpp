#include <algorithm>
#include <map>
#include <tuple>

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"
#include "shared/run/payload.hpp"

namespace callboard::log {
namespace {

/// Rows of one kind share a statement.
struct Kind {
  const Statement* statement = &kAppend;
  std::int16_t phase = 0;  // of those that close

  bool operator==(const Kind&) const = default;
  int rank() const {
    const int form = statement == &kAppend             ? 0
                     : statement == &kAppendAndTell    ? 1
                     : statement == &kAppendAndClose   ? 2
                     : statement == &kAppendAndReopen  ? 3
                     : statement == &kAppendAndMigrate ? 4
                                                       : 5;
    return form * 16 + phase;
  }
};

Kind kind_of(const Append& row) {
  if (row.reopens) return {&kAppendAndReopen, 0};
  if (!row.migrates.empty()) return {&kAppendAndMigrate, 0};
  if (!row.close) return {row.inbox ? &kAppendAndTell : &kAppend, 0};
  const bool plain = row.close->free_keys.empty() && !row.inbox;
  return {plain ? &kAppendAndClose : &kAppendCloseAndFill, static_cast<std::int16_t>(row.close->phase)};
}

bool comes_before(const AppendItem& a, const AppendItem& b) {
  const int first = kind_of(a.row).rank();
  const int second = kind_of(b.row).rank();
  return std::tie(first, a.row.run, a.row.key) < std::tie(second, b.row.run, b.row.key);
}

using Items = std::span<const AppendItem>;

/// The rows at the front that share a statement.
Items first_kind(Items items) {
  std::size_t count = 1;
  while (count < items.size() && kind_of(items[count].row) == kind_of(items[0].row)) ++count;
  return items.first(count);
}

std::vector<std::string> event_columns(Items items) {
  std::size_t key_bytes = 0;
  std::size_t data_bytes = 0;
  const auto data_of = [](const AppendItem& item) -> const std::string& {
    return item.reference.empty() ? item.row.data : item.reference;
  };
  for (const AppendItem& item : items) {
    key_bytes += item.row.key.size();
    data_bytes += data_of(item).size();
  }
  const std::size_t n = items.size();
  ArrayWriter runs(PgType::uuid, n, n * 16);
  ArrayWriter keys(PgType::text, n, key_bytes);
  ArrayWriter writers(PgType::int8, n, n * 8);
  ArrayWriter types(PgType::int2, n, n * 2);
  ArrayWriter data(PgType::bytes, n, data_bytes);
  for (const AppendItem& item : items) {
    runs.add(item.row.run.uuid);
    keys.add(item.row.key);
    writers.add(item.row.writer.value);
    types.add(static_cast<std::int16_t>(item.row.type));
    data.add(data_of(item));
  }
  std::vector<std::string> columns;
  columns.reserve(12);
  for (ArrayWriter* column : {&runs, &keys, &writers, &types, &data})
    columns.push_back(std::move(*column).take());
  return columns;
}

std::string definition_column(Items items) {
  ArrayWriter hashes(PgType::text, items.size(), items.size() * 64);
  for (const AppendItem& item : items) hashes.add(item.row.migrates);
  return std::move(hashes).take();
}

std::string cancelled_outcome() {
  run::Outcome outcome;
  outcome.type = run::EventType::step_failed;
  outcome.error = {run::ErrorClass::cancelled, "the run was closed"};
  return run::encode_outcome(outcome);
}

void add_fill_columns(Items items, Partition partitions, std::vector<std::string>& columns) {
  std::size_t keys = 0;
  std::size_t told = 0;
  for (const AppendItem& item : items) {
    keys += item.row.close->free_keys.size();
    told += item.row.inbox ? 1 : 0;
  }
  ArrayWriter runs(PgType::uuid, keys, keys * 16);
  ArrayWriter closing(PgType::text, keys, keys * 8);
  ArrayWriter free(PgType::text, keys, keys * 32);
  ArrayWriter tell(PgType::uuid, told, told * 16);
  for (const AppendItem& item : items) {
    if (item.row.inbox) tell.add(item.row.run.uuid);
    for (const std::string& key : item.row.close->free_keys) {
      runs.add(item.row.run.uuid);
      closing.add(item.row.key);
      free.add(key);
    }
  }
  columns.push_back(std::move(runs).take());
  columns.push_back(std::move(closing).take());
  columns.push_back(std::move(free).take());
  columns.push_back(cancelled_outcome());
  columns.push_back(std::move(tell).take());
  columns.push_back(to_binary(static_cast<std::int32_t>(partitions)));
}

Query make_query(Items items, Partition partitions) {
  const Kind kind = kind_of(items[0].row);
  Query query{kind.statement, event_columns(items)};
  if (kind.statement == &kAppendAndTell || kind.statement == &kAppendAndMigrate)
    query.params.push_back(to_binary(static_cast<std::int32_t>(partitions)));
  if (kind.statement == &kAppendAndMigrate) query.params.push_back(definition_column(items));
  if (kind.statement == &kAppendAndClose || kind.statement == &kAppendCloseAndFill) {
    query.params.push_back(to_binary(kind.phase));
  }
  if (kind.statement == &kAppendCloseAndFill) add_fill_columns(items, partitions, query.params);
  return query;
}

run::Event stored_event(Append row, std::int64_t position, Time at) {
  return {row.run, std::move(row.key), row.type, row.writer, position, at, std::move(row.data)};
}

bool is_row_of(const Rows& rows, int at, const Append& row) {
  return at < rows.size() && rows.bytes(at, 1) == row.key && rows.uuid(at, 0) == row.run.uuid;
}

}  // namespace

run::Event read_event(const Rows& rows, int row) {
  return {RunId{rows.uuid(row, 0)},  rows.text(row, 1), static_cast<run::EventType>(rows.int2(row, 2)),
          Writer{rows.int8(row, 3)}, rows.int8(row, 4), rows.time(row, 5),
          rows.text(row, 6)};
}

void sort_appends(std::vector<AppendItem>& items) { std::ranges::sort(items, comes_before); }

void add_append_queries(const std::vector<AppendItem>& items, Partition partitions,
                        std::vector<Query>& queries) {
  for (Items rest(items); !rest.empty();) {
    const Items kind = first_kind(rest);
    queries.push_back(make_query(kind, partitions));
    rest = rest.subspan(kind.size());
  }
}

void settle_appends(std::vector<AppendItem> items, ResultReader& results, std::size_t hanging,
                    std::vector<AppendItem>& lost) {
  // Returned rows come in the order sent, without those that lost. All is matched before anyone is answered,
  // for callers may append again.
  std::vector<std::pair<std::int64_t, Time>> won(items.size());
  for (std::size_t from = 0; from < items.size();) {
    const std::size_t count = first_kind(Items(items).subspan(from)).size();
    const Rows& rows = results.next();
    int returned = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      if (!is_row_of(rows, returned, items[i].row)) continue;
      won[i] = {rows.int8(returned, 2), rows.time(returned, 3)};
      ++returned;
    }
    from += count;
  }
  for (std::size_t i = 0; i < hanging; ++i) results.next();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (won[i].first == 0) {
      lost.push_back(std::move(items[i]));
      continue;
    }
    auto done = std::move(items[i].done);
    done(Appended{true, stored_event(std::move(items[i].row), won[i].first, won[i].second)});
  }
}

Query read_appends(const std::vector<AppendItem>& lost) {
  ArrayWriter runs(PgType::uuid, lost.size(), lost.size() * 16);
  ArrayWriter keys(PgType::text, lost.size(), lost.size() * 32);
  for (const AppendItem& item : lost) {
    runs.add(item.row.run.uuid);
    keys.add(item.row.key);
  }
  return {&kReadKeys, {std::move(runs).take(), std::move(keys).take()}};
}

void settle_stored_appends(std::vector<AppendItem> lost, const Rows& stored,
                           std::vector<AppendItem>& missing) {
  std::map<std::pair<RunId, std::string_view>, int> rows;
  for (int row = 0; row < stored.size(); ++row)
    rows[{RunId{stored.uuid(row, 0)}, stored.bytes(row, 1)}] = row;
  for (AppendItem& item : lost) {
    const auto row = rows.find({item.row.run, item.row.key});
    if (row == rows.end()) {
      missing.push_back(std::move(item));
      continue;
    }
    run::Event event = read_event(stored, row->second);
    const bool won = event.writer == item.row.writer;
    item.done(Appended{won, std::move(event)});
  }
}

}  // namespace callboard::log
