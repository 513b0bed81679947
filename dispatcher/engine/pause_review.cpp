#include "dispatcher/engine/pause_review.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kRunsATurn = 256;
constexpr std::size_t kRowsAhead = 1'024;
constexpr Micros kTurn = std::chrono::milliseconds(1);

}  // namespace

void PauseReview::begin() {
  stop();
  runs_.each([this](const OpenRun& run) {
    if (run.set_aside.empty()) waiting_.push_back(run.state.id);
  });
  parked_.each([this](const RunId& run, Partition) { waiting_.push_back(run); });
  go_on();
}

void PauseReview::stop() {
  loop_.cancel(timer_);
  waiting_.clear();
}

void PauseReview::go_on() {
  const bool has_room = runs_.rows_in_flight() + loader_.size() < kRowsAhead;
  for (std::size_t count = 0; has_room && count < kRunsATurn && !waiting_.empty(); ++count) {
    const RunId id = waiting_.back();
    waiting_.pop_back();
    if (parked_.find(id) && !loader_.is_loading(id)) loader_.load(id, {});
    OpenRun* const run = runs_.find(id);
    if (run != nullptr && run->set_aside.empty() && pauses_.is_news_to(*run)) runs_.touch(*run);
  }
  if (!waiting_.empty()) timer_ = loop_.after(kTurn, [this] { go_on(); });
}

}  // namespace callboard::dispatcher
