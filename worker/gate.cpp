#include "worker/gate.hpp"

#include <algorithm>
#include <utility>

namespace callboard::worker {

void Gate::enter(Ticket ticket, bool alone, Task begin) {
  if (waiting_.empty() && admits(alone)) {
    admit(ticket, alone);
    begin();
    return;
  }
  waiting_.push_back({ticket, alone, std::move(begin)});
}

void Gate::leave(Ticket ticket) {
  const bool was_inside = inside_.erase(ticket) > 0;
  if (alone_ == ticket) alone_.reset();
  const auto removed =
      std::erase_if(waiting_, [ticket](const Waiter& waiter) { return waiter.ticket == ticket; });
  if ((was_inside || removed > 0) && !waiting_.empty()) loop_.post(life_.guard([this] { admit_waiting(); }));
}

bool Gate::is_waiting(Ticket ticket) const {
  return std::ranges::any_of(waiting_, [ticket](const Waiter& waiter) { return waiter.ticket == ticket; });
}

void Gate::admit(Ticket ticket, bool alone) {
  inside_.insert(ticket);
  if (alone) alone_ = ticket;
}

void Gate::admit_waiting() {
  while (!waiting_.empty() && admits(waiting_.front().alone)) {
    Waiter next = std::move(waiting_.front());
    waiting_.pop_front();
    admit(next.ticket, next.alone);
    next.begin();
  }
}

}  // namespace callboard::worker
