#include "shared/log/memory/tables.hpp"

#include <algorithm>

#include "shared/run/keys.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::log {

bool MemoryTables::lives(const Incarnation& member) const {
  const auto life = members.find(member);
  return life != members.end() && life->second.until > clock.now() && locks.contains(member);
}

bool MemoryTables::holds(const Incarnation& holder, Partition partition) const {
  const auto lease = leases.find(partition);
  return lease != leases.end() && lease->second == holder;
}

std::vector<Pause> MemoryTables::list_pauses() const {
  std::vector<Pause> out;
  out.reserve(pauses.size());
  for (const auto& [key, pause] : pauses) out.push_back(pause);
  return out;
}

void MemoryTables::tell(const RunId& run) { inbox[{partition_of(run, partitions), ++last_inbox}] = run; }

Appended MemoryTables::insert(run::Event event) {
  const EventKey key(event.run, event.key);
  const auto found = events.find(key);
  if (found != events.end()) return {found->second.writer == event.writer, found->second};
  event.position = ++last_position;
  event.at = clock.now();
  positions.emplace(event.position, key);
  return {true, events.emplace(key, std::move(event)).first->second};
}

void MemoryTables::make_run(const NewRun& run, const std::optional<DeliveryId>& delivery, Time at) {
  if (heads.contains(run.id)) return;
  const Definition& definition = definitions.at(run.hash);
  Head& head = heads[run.id];
  head = {run.partition,
          definition.slug,
          definition.version,
          run.hash,
          run.group.empty() && run.rate.empty() ? run::RunPhase::running : run::RunPhase::pending,
          delivery,
          run.group,
          at,
          {},
          run.rate};
  head.labels = run.labels;
  std::ranges::sort(head.labels, {}, &run::Label::name);
  head.parent = run.parent;
  insert({run.id, run::decision_key(0), run::EventType::run_created, run.writer, 0, {}, run.created});
  if (run.inbox) tell(run.id);
}

void MemoryTables::wake_oldest(const std::string& group) {
  if (group.empty()) return;
  std::size_t taken = slots[group].size();  // and by those that wait and are older
  for (const auto& [run, head] : heads) {
    if (head.group != group || head.phase != run::RunPhase::pending) continue;
    if (head.lacks == Lacks::turn && head.turn_at > clock.now()) continue;
    if (head.places && *head.places > taken) return tell(run);
    ++taken;
  }
}

void MemoryTables::tell_listeners(const Delivery& delivery) {
  const std::string key(workflow::listening_key(delivery.source, delivery.event));
  std::set<Partition> told;
  for (auto one = listeners.lower_bound({delivery.source, key, 0, {}});
       one != listeners.end() && one->first.source == delivery.source && one->first.key == key; ++one) {
    if (told.insert(one->first.partition).second) heard[{one->first.partition, ++last_heard}] = delivery.id;
  }
}

void MemoryTables::stop_listening(const RunId& run) {
  std::erase_if(listeners, [&](const auto& one) { return one.first.name.run == run; });
}

void MemoryTables::wake_first(const std::string& rate, Time due) {
  if (rate.empty()) return;
  for (const auto& [run, head] : heads) {
    if (head.rate != rate || head.phase != run::RunPhase::pending || head.lacks == Lacks::place) continue;
    if (head.lacks == Lacks::turn && head.turn_at > due) tell(run);
    return;
  }
}

void MemoryTables::wake_first_step(const std::string& rate, Time due) {
  const auto queue = step_waits.find(rate);
  if (queue == step_waits.end()) return;
  const auto first = std::ranges::find_if(queue->second, [&](const StepWait& wait) {
    const auto head = heads.find(wait.run);
    return head != heads.end() && !head->second.closed_at;
  });
  if (first != queue->second.end() && first->turn_at > due) tell(first->run);
}

void MemoryTables::leave_group(const RunId& run, const Head& head) {
  if (head.group.empty()) return;
  std::erase_if(slots[head.group], [&](const auto& place) { return place.second == run; });
  wake_oldest(head.group);
}

void MemoryTables::leave_rate(const Head& head, bool waited) {
  if (waited) wake_first(head.rate, Time::min());
}

}  // namespace callboard::log
