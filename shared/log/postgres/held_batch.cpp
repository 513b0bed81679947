#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"

namespace callboard::log {
namespace {

using Items = std::vector<ArrivalItem>;

struct Holding {
  DeliveryId delivery;
  const HeldStart* start;
};

/// What tells whether the arrival is the first of its origin, and what it says of one delivery.
struct CauseColumns {
  explicit CauseColumns(std::size_t rows)
      : kinds(PgType::text, rows, rows * 8),
        hashes(PgType::bytes, rows, rows * 32),
        makers(PgType::uuid, rows, rows * 16) {}
  void add(const ArrivalItem& item) {
    kinds.add(item.arrival.origin_kind);
    hashes.add(std::string_view(reinterpret_cast<const char*>(item.hash.data()), item.hash.size()));
    makers.add(item.maker);
  }
  void take(std::vector<std::string>& params) {
    params.push_back(std::move(kinds).take());
    params.push_back(std::move(hashes).take());
    params.push_back(std::move(makers).take());
  }
  ArrayWriter kinds;
  ArrayWriter hashes;
  ArrayWriter makers;
};

void add_flag(ArrayWriter& column, bool flag) { column.add(std::string_view(flag ? "\1" : "\0", 1)); }

void add_settled(const Items& items, std::vector<Query>& queries) {
  std::size_t count = 0;
  for (const ArrivalItem& item : items) {
    if (fires(item)) count += item.arrival.fires->deliveries.size();
  }
  CauseColumns causes(count);
  ArrayWriter deliveries(PgType::uuid, count, count * 16);
  ArrayWriter workflows(PgType::text, count, count * 24);
  ArrayWriter outcomes(PgType::text, count, count * 8);
  ArrayWriter runs(PgType::uuid, count, count * 16);
  ArrayWriter details(PgType::text, count, count * 32);
  for (const ArrivalItem& item : items) {
    if (!fires(item)) continue;
    const FiredGroup& fired = *item.arrival.fires;
    for (const DeliveryId& delivery : fired.deliveries) {
      causes.add(item);
      deliveries.add(delivery.uuid);
      workflows.add(fired.workflow);
      outcomes.add(fired.outcome);
      add_id(runs, fired.run);
      details.add(fired.detail);
    }
  }
  Query query{&kSettleHeld, {}};
  causes.take(query.params);
  query.params.push_back(std::move(deliveries).take());
  query.params.push_back(std::move(workflows).take());
  query.params.push_back(std::move(outcomes).take());
  query.params.push_back(std::move(runs).take());
  query.params.push_back(std::move(details).take());
  queries.push_back(std::move(query));
}

}  // namespace

bool holds(const ArrivalItem& item) { return item.arrival.delivery && !item.arrival.held.empty(); }
bool fires(const ArrivalItem& item) { return item.arrival.fires.has_value(); }

/// In the order in which a process's events came: the statement keeps it within a group.
void add_held_queries(const Items& items, std::vector<Query>& queries) {
  std::vector<Holding> held;
  for (const ArrivalItem& item : items) {
    if (!holds(item)) continue;
    for (const HeldStart& start : item.arrival.held) held.push_back({item.arrival.delivery->id, &start});
  }
  if (held.empty()) return;
  std::ranges::sort(held, {}, [](const Holding& holding) { return holding.start->order; });
  const std::size_t count = held.size();
  ArrayWriter deliveries(PgType::uuid, count, count * 16);
  ArrayWriter workflows(PgType::text, count, count * 24);
  ArrayWriter keys(PgType::text, count, count * 32);
  ArrayWriter kinds(PgType::int2, count, count * 2);
  ArrayWriter waits(PgType::int8, count, count * 8);
  ArrayWriter longest(PgType::int8, count, count * 8);
  ArrayWriter sizes(PgType::int4, count, count * 4);
  ArrayWriter depths(PgType::int4, count, count * 4);
  ArrayWriter untrusted(PgType::boolean, count, count);
  ArrayWriter to_approve(PgType::boolean, count, count);
  for (const auto& [delivery, start] : held) {
    deliveries.add(delivery.uuid);
    workflows.add(start->workflow);
    keys.add(start->key);
    kinds.add(static_cast<std::int16_t>(start->kind));
    waits.add(std::int64_t{start->wait.count()});
    longest.add(std::int64_t{start->longest.count()});
    sizes.add(static_cast<std::int32_t>(start->size));
    depths.add(static_cast<std::int32_t>(start->cause_depth));
    add_flag(untrusted, start->untrusted);
    add_flag(to_approve, start->needs_approval);
  }
  Query query{&kHoldEvents, {}};
  for (ArrayWriter* column :
       {&deliveries, &workflows, &keys, &kinds, &waits, &longest, &sizes, &depths, &untrusted, &to_approve})
    query.params.push_back(std::move(*column).take());
  query.params.push_back(to_binary(static_cast<std::int32_t>(limits::kHeldKeys)));
  query.params.push_back(to_binary(static_cast<std::int64_t>(limits::kBatchBytes)));
  queries.push_back(std::move(query));
}

void add_fired_queries(const Items& items, std::vector<Query>& queries) {
  const auto count = static_cast<std::size_t>(std::ranges::count_if(items, fires));
  if (count == 0) return;
  add_settled(items, queries);
  CauseColumns causes(count);
  ArrayWriter groups(PgType::int8, count, count * 8);
  for (const ArrivalItem& item : items) {
    if (!fires(item)) continue;
    causes.add(item);
    groups.add(item.arrival.fires->id);
  }
  Query query{&kDropHeld, {}};
  causes.take(query.params);
  query.params.push_back(std::move(groups).take());
  queries.push_back(std::move(query));
}

}  // namespace callboard::log
