#include <algorithm>
#include <utility>

#include "tests/sim/simulation.hpp"

// Events that come in while runs are open, and what must become of them.
namespace callboard::test {

/// For one run, which may wait for it or be cancelled by it; for all; or for nobody.
void Simulation::send_event() {
  SimDispatcher* const dispatcher = some_dispatcher();
  if (dispatcher == nullptr || house_.tables.heads.empty()) return;
  const auto head = std::next(house_.tables.heads.begin(),
                              static_cast<std::ptrdiff_t>(random_.below(house_.tables.heads.size())));
  const std::string run = to_string(head->first);
  const std::uint64_t dice = random_.below(10);
  const std::string to = dice < 7 ? run : dice < 9 ? "all" : "nobody";
  const std::string event = random_.chance(70) ? "push" : "issues.closed";
  say(event + " for " + to);
  dispatcher->deliver(event, R"({"to":")" + to + "\"}");
}

/// Nothing of a closed run listens. Looked at where a row was appended, or a listener put or removed.
void Simulation::check_listeners() {
  const std::int64_t last = house_.tables.positions.empty() ? 0 : house_.tables.positions.rbegin()->first;
  const std::pair now(last, house_.tables.listeners.size());
  if (std::exchange(listeners_looked_at_, now) == now) return;
  for (const auto& [listener, is_secured] : house_.tables.listeners) {
    if (house_.is_closed(listener.name.run))
      complain("run " + to_string(listener.name.run) + ": it is closed, and its " + listener.name.target +
               " listens");
  }
}

/// What something of a run listens to it is told of, not long after it came.
void Simulation::check_heard() {
  std::set<std::pair<log::Listeners::Name, DeliveryId>> missed;
  for (const auto& [listener, is_secured] : house_.tables.listeners) {
    const bool has_owner = std::ranges::any_of(processes_, [&](Process& process) {
      return process.dispatcher && !process.thaw_at && process.dispatcher->engine().owns(listener.partition);
    });
    const auto state = has_owner ? people_.look(listener.name.run) : std::nullopt;
    if (!state) continue;
    for (const DeliveryId& id : people_.owed_to(*state, listener.name.target))
      missed.emplace(listener.name, id);
  }
  std::erase_if(unheard_, [&](const auto& entry) { return !missed.contains(entry.first); });
  for (const auto& [name, delivery] : missed) {
    const Steady since = unheard_.emplace(std::pair(name, delivery), house_.time.now()).first->second;
    if (house_.time.now() - since > kUnexplainedAtMost)
      complain("run " + to_string(name.run) + ": its " + name.target +
               " listens, and was not told of delivery " + to_string(delivery));
  }
}

}  // namespace callboard::test
