#include "worker/membership.hpp"

#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::worker {

Membership::Membership(Ports ports, log::Ownership::Member member, Hooks hooks)
    : ports_(ports), member_(std::move(member)), hooks_(std::move(hooks)) {}

Membership::~Membership() { ports_.loop.cancel(timer_); }

void Membership::start() { tick(); }

bool Membership::holds() const {
  return renewed_ != Steady() && ports_.clock.steady() - renewed_ < limits::kLease;
}

void Membership::tick() {
  timer_ = ports_.loop.after(limits::kLeaseRenewal, life_.guard([this] { tick(); }));
  if (!holds() && !std::exchange(lapsed_, true)) hooks_.on_lapsed();
  renew();
  announce();
}

/// One question at a time: an answer that is late says nothing about a lease counted from a later question.
void Membership::renew() {
  if (renewing_ || leaving_) return;
  renewing_ = true;
  const Steady sent = ports_.clock.steady();
  ports_.ownership.beat(member_, life_.guard([this, sent](Result<log::Ownership::Beat> beat) {
    renewing_ = false;
    if (!beat || leaving_) return;
    renewed_ = sent;
    lapsed_ = !holds();
    hooks_.on_renewed(beat->database_now, sent);
  }));
}

void Membership::announce() {
  ports_.notices.broadcast(topics::Notices::Audience::dispatchers,
                           topics::encode_presence(hooks_.describe()));
}

void Membership::leave(Task left) {
  leaving_ = true;
  ports_.loop.cancel(std::exchange(timer_, 0));
  announce();
  ports_.ownership.leave(member_.id, life_.guard([left = std::move(left)](Result<bool>) mutable { left(); }));
}

}  // namespace callboard::worker
