#include "shared/log/memory/memory_held.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"

namespace callboard::log {
namespace {

using Row = MemoryTables::HeldRow;

void settle_verdict(MemoryTables& tables, const DeliveryId& delivery, const std::string& workflow,
                    std::string_view outcome, const std::optional<RunId>& run, const std::string& detail) {
  const auto found = tables.deliveries.find(delivery);
  if (found == tables.deliveries.end()) return;
  for (Verdict& verdict : found->second.verdicts) {
    if (verdict.workflow == workflow && verdict.outcome == kHeldOutcome)
      verdict = {workflow, std::string(outcome), run, detail};
  }
}

Row* find_open(MemoryTables& tables, const std::string& source, const HeldStart& start) {
  for (auto& [id, row] : tables.held) {
    const Held::Group& group = row.group;
    if (!row.closed && group.workflow == start.workflow && group.source == source && group.key == start.key &&
        group.kind == start.kind)
      return &row;
  }
  return nullptr;
}

void close(Row& row, Time at) {
  row.closed = true;
  row.group.due = std::min(row.group.due, at);
}

/// The oldest of the workflow's fires early.
void make_room(MemoryTables& tables, const std::string& workflow, Time at) {
  Row* oldest = nullptr;
  for (auto& [id, row] : tables.held) {
    const bool may_be = !row.closed && row.group.workflow == workflow;
    if (may_be && (oldest == nullptr || row.group.due < oldest->group.due)) oldest = &row;
  }
  if (oldest != nullptr) close(*oldest, at);
}

/// Null: too many are held.
Row* open_group(MemoryTables& tables, const std::string& source, const HeldStart& start, Time at) {
  const auto standing = static_cast<std::size_t>(std::ranges::count_if(
      tables.held, [&](const auto& entry) { return entry.second.group.workflow == start.workflow; }));
  if (standing >= std::size_t{2} * limits::kHeldKeys) return nullptr;
  if (standing >= limits::kHeldKeys) make_room(tables, start.workflow, at);
  const std::int64_t id = ++tables.last_held;
  Row& row = tables.held[id];
  row.group = {.id = id,
               .workflow = start.workflow,
               .source = source,
               .key = start.key,
               .kind = start.kind,
               .events = 0,
               .since = at,
               .due = at + start.wait};
  return &row;
}

std::vector<Held::Group> sorted(std::vector<Held::Group> groups) {
  std::ranges::sort(groups, {}, [](const Held::Group& group) { return std::pair(group.due, group.id); });
  return groups;
}

}  // namespace

void hold_event(MemoryTables& tables, const Delivery& delivery, const HeldStart& start) {
  const Time at = tables.clock.now();
  Row* row = find_open(tables, delivery.source, start);
  const bool is_batch = start.kind == HoldKind::batch;
  const bool is_full = row != nullptr && is_batch && !row->parts.empty() &&
                       row->bytes + delivery.body.size() > limits::kBatchBytes;
  if (row != nullptr && (row->group.due <= at || is_full)) {
    close(*row, at);
    row = nullptr;
  }
  if (row == nullptr) row = open_group(tables, delivery.source, start, at);
  if (row == nullptr) {
    return settle_verdict(tables, delivery.id, start.workflow, "error", {},
                          "too many groups of events of this workflow are held: no more are taken");
  }
  if (!is_batch) {
    for (const Held::Part& part : std::exchange(row->parts, {})) {
      settle_verdict(tables, part.delivery, start.workflow, kReplacedOutcome, {},
                     "debounce: delivery " + to_string(delivery.id) + " came after it");
    }
    row->bytes = 0;
    row->group.due = std::min(at + start.wait, row->group.since + start.longest);
  }
  row->bytes += delivery.body.size();
  row->parts.push_back({delivery.id, start.cause_depth, start.untrusted, start.needs_approval, {}, {}});
  ++row->group.events;
  if (is_batch && row->parts.size() >= start.size) close(*row, at);
}

void fire_group(MemoryTables& tables, const FiredGroup& fired) {
  for (const DeliveryId& delivery : fired.deliveries)
    settle_verdict(tables, delivery, fired.workflow, fired.outcome, fired.run, fired.detail);
  tables.held.erase(fired.id);
}

void MemoryHeld::claim(int limit, Done<std::vector<Group>> done) {
  const auto transaction = [this, limit]() -> Result<std::vector<Group>> {
    const Time now = tables_.clock.now();
    std::vector<Group> ripe;
    for (const auto& [id, row] : tables_.held) {
      if (row.group.due <= now && row.claimed_until < now) ripe.push_back(row.group);
    }
    ripe = sorted(std::move(ripe));
    if (std::ssize(ripe) > limit) ripe.resize(static_cast<std::size_t>(limit));
    for (const Group& group : ripe) {
      Row& row = tables_.held.at(group.id);
      row.closed = true;
      row.claimed_until = now + limits::kHeldClaim;
    }
    return ripe;
  };
  calls_.run<std::vector<Group>>(CallKind::other, transaction, std::move(done));
}

void MemoryHeld::read(std::int64_t group, Done<std::vector<Part>> done) {
  const auto transaction = [this, group]() -> Result<std::vector<Part>> {
    const auto row = tables_.held.find(group);
    if (row == tables_.held.end()) return std::vector<Part>();
    std::vector<Part> out = row->second.parts;
    for (Part& part : out) {
      const auto delivery = tables_.deliveries.find(part.delivery);
      if (delivery == tables_.deliveries.end()) continue;
      part.event = delivery->second.event;
      part.body = delivery->second.body;
    }
    return out;
  };
  calls_.run<std::vector<Part>>(CallKind::read, transaction, std::move(done));
}

void MemoryHeld::list(std::string workflow, int limit, Done<Listed> done) {
  const auto transaction = [this, workflow = std::move(workflow), limit]() -> Result<Listed> {
    Listed out;
    for (const auto& [id, row] : tables_.held) {
      if (row.group.workflow != workflow) continue;
      out.groups.push_back(row.group);
      ++out.count;
      out.events += row.group.events;
    }
    out.groups = sorted(std::move(out.groups));
    if (std::ssize(out.groups) > limit) out.groups.resize(static_cast<std::size_t>(limit));
    return out;
  };
  calls_.run<Listed>(CallKind::read, transaction, std::move(done));
}

void MemoryHeld::find(const DeliveryId& delivery, Done<std::vector<Group>> done) {
  const auto transaction = [this, delivery]() -> Result<std::vector<Group>> {
    std::vector<Group> out;
    for (const auto& [id, row] : tables_.held) {
      if (std::ranges::count(row.parts, delivery, &Part::delivery) > 0) out.push_back(row.group);
    }
    return sorted(std::move(out));
  };
  calls_.run<std::vector<Group>>(CallKind::read, transaction, std::move(done));
}

}  // namespace callboard::log
