#include "dispatcher/engine/partitions.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kSoughtAtOnce = 8;  // partitions in one question, at least

}  // namespace

Partitions::Partitions(Clock& clock, Random& random, log::Ownership& ownership, log::Ownership::Member self,
                       Partition count, Hooks hooks)
    : clock_(clock),
      ownership_(ownership),
      self_(std::move(self)),
      hooks_(std::move(hooks)),
      held_(count, false),
      cursor_(random.next() % count) {}

void Partitions::beat() {
  if (asking_ || stopping_) return;
  asking_ = true;
  const Steady sent = clock_.steady();
  ownership_.beat(self_, [this, sent, listeners = std::exchange(listeners_, {})](
                             Result<log::Ownership::Beat> beat) mutable {
    asking_ = false;
    if (!stopping_) {
      check_deadline();
      if (beat) heard(std::move(*beat), sent);
    }
    for (Task& listener : listeners) listener();
    if (stopping_) rest();
  });
}

void Partitions::beat(Task heard) {
  if (stopping_) return heard();
  listeners_.push_back(std::move(heard));
  beat();
}

void Partitions::check_deadline() {
  if (!stopping_ && size_ > 0 && clock_.steady() >= deadline_) lose_all();
}

void Partitions::heard(log::Ownership::Beat beat, Steady sent) {
  deadline_ = std::max(deadline_, sent + limits::kLease);
  dispatchers_ = std::max<std::size_t>(1, beat.dispatchers.size());
  if (hooks_.on_database_time) hooks_.on_database_time(beat.database_now, sent);
  hooks_.pauses(std::move(beat.pauses));
  std::vector<bool> told(held_.size(), false);
  for (const Partition partition : beat.held) {
    if (partition < told.size()) told[partition] = true;
  }
  for (Partition partition = 0; partition < held_.size(); ++partition) {
    if (held_[partition] && !told[partition]) lose(partition);
    if (!held_[partition] && told[partition]) gain(partition);
  }
  balance();
}

void Partitions::gain(Partition partition) {
  held_[partition] = true;
  ++size_;
  hooks_.taken(partition);
}

void Partitions::lose(Partition partition) {
  held_[partition] = false;
  --size_;
  hooks_.lost(partition);
}

void Partitions::lose_all() {
  for (Partition partition = 0; partition < held_.size(); ++partition) {
    if (held_[partition]) lose(partition);
  }
}

void Partitions::balance() {
  if (!acts()) return;
  if (size_ > fair_share()) {
    give_surplus();
  } else if (size_ < fair_share()) {
    seek(held_.size());
  }
}

void Partitions::give_surplus() {
  std::vector<Partition> give;
  for (std::size_t at = held_.size(); at-- > 0 && size_ > fair_share();) {
    if (!held_[at]) continue;
    give.push_back(static_cast<Partition>(at));
    lose(give.back());
  }
  asking_ = true;
  ownership_.take(self_.id, {}, std::move(give), [this](Result<std::vector<Partition>>) {
    asking_ = false;
    if (stopping_) rest();
  });
}

void Partitions::seek(std::size_t left) {
  const std::size_t wanted = std::max(kSoughtAtOnce, fair_share() - size_);
  std::vector<Partition> want;
  for (; left > 0 && want.size() < wanted; --left) {
    cursor_ = (cursor_ + 1) % held_.size();
    if (!held_[cursor_]) want.push_back(static_cast<Partition>(cursor_));
  }
  if (want.empty()) return;
  asking_ = true;
  ownership_.take(self_.id, std::move(want), {}, [this, left](Result<std::vector<Partition>> taken) {
    asking_ = false;
    if (stopping_) return rest();
    check_deadline();
    if (!taken || !acts()) return;
    for (const Partition partition : *taken) {
      if (partition < held_.size() && !held_[partition]) gain(partition);
    }
    if (size_ > fair_share()) {
      give_surplus();
    } else if (size_ < fair_share() && left > 0) {
      seek(left);
    }
  });
}

void Partitions::stop(Task stopped) {
  stopped_ = std::move(stopped);
  lose_all();
  stopping_ = true;
  for (Task& listener : std::exchange(listeners_, {})) listener();
  if (!asking_) rest();
}

void Partitions::rest() {
  ownership_.leave(self_.id, [this](Result<bool>) { stopped_(); });
}

std::vector<Partition> Partitions::held() const {
  std::vector<Partition> out;
  out.reserve(size_);
  for (Partition partition = 0; partition < held_.size(); ++partition) {
    if (held_[partition]) out.push_back(partition);
  }
  return out;
}

}  // namespace callboard::dispatcher
