#include "worker/outbox.hpp"

#include <utility>

#include "shared/base/limits.hpp"
#include "topics/job.hpp"

namespace callboard::worker {
namespace {

/// Room in a message for one event's key and numbers.
constexpr std::size_t kEventOverhead = 512;

/// A message of the bus holds limits::kJobBytes; JSON text grows when it is quoted into another one.
constexpr std::size_t kNoticeBytes = limits::kJobBytes / 2;

}  // namespace

Outbox::Outbox(Loop& loop, topics::JobSource& jobs, topics::Notices& notices, OnOver on_over)
    : loop_(loop), jobs_(jobs), notices_(notices), on_over_(std::move(on_over)) {}

void Outbox::notice(Partition partition, run::Event event) {
  events_[partition].push_back(std::move(event));
  schedule();
}

void Outbox::ack(std::uint64_t handle) {
  over_.push_back({handle, true, Micros(0)});
  schedule();
}

void Outbox::hand_back(std::uint64_t handle, Micros delay) {
  over_.push_back({handle, false, delay});
  schedule();
}

void Outbox::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_.post(life_.guard([this] { flush(); }));
}

/// Events too large for a message are left out: the owner reads them from the log when they are overdue.
void Outbox::send_notices() {
  for (auto& [partition, events] : std::exchange(events_, {})) {
    std::vector<run::Event> batch;
    std::size_t bytes = 0;
    for (run::Event& event : events) {
      const std::size_t size = event.data.size() + kEventOverhead;
      if (size > kNoticeBytes) continue;
      if (bytes + size > kNoticeBytes) {
        notices_.notify(partition, topics::encode_notice(std::exchange(batch, {})));
        bytes = 0;
      }
      bytes += size;
      batch.push_back(std::move(event));
    }
    if (!batch.empty()) notices_.notify(partition, topics::encode_notice(batch));
  }
}

void Outbox::flush() {
  scheduled_ = false;
  send_notices();
  if (over_.empty()) return;
  std::vector<std::uint64_t> handles;
  for (const Over& over : std::exchange(over_, {})) {
    if (over.acked) {
      jobs_.ack(over.handle);
    } else {
      jobs_.hand_back(over.handle, over.delay);
    }
    handles.push_back(over.handle);
  }
  on_over_(handles);
}

}  // namespace callboard::worker
