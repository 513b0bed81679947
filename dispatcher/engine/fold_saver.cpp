#include "dispatcher/engine/fold_saver.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kEventsATurn = 256;
constexpr std::size_t kWaiting = 16;
// A point this share of what is left behind it nearer to the end is not worth a copy of the state.
constexpr std::size_t kNearer = 8;

}  // namespace

struct FoldSaver::Work {
  Wanted wanted;
  StoredRun stored;
  std::optional<run::CheckpointWalk> walk;
  std::size_t at = 0;                   // events folded of those that were read
  std::optional<run::FoldPoint> point;  // the newest checkpoint, with few events behind it
  std::size_t point_at = 0;

  void take_point(const run::Checkpoint& checkpoint) {
    const std::size_t left = stored.events.size() - at;
    if (point && at - point_at < left / kNearer) return;
    point = run::FoldPoint{checkpoint, walk->chain(), walk->events(), walk->state()};
    point_at = at;
  }
  /// Behind the newest point, and not behind the one stored.
  std::uint32_t new_events() const {
    return point ? point->events - (stored.last() ? stored.last()->events : 0) : 0;
  }
  Result<log::StoredFold> encode(bool whole) const {
    auto data = whole ? run::encode_fold(*stored.graph, *point)
                      : run::encode_changes(*stored.graph, *point, *stored.whole);
    if (!data) return std::unexpected(data.error());
    const auto behind = std::span(stored.transactions).subspan(point_at);
    const std::int64_t since = behind.empty() ? stored.settled : std::ranges::min(behind);
    return log::StoredFold{.run = wanted.run,
                           .checkpoint = point->checkpoint.id,
                           .base = whole ? std::string() : stored.whole->checkpoint.id,
                           .definition = stored.graph->hash,
                           .position = point->checkpoint.position,
                           .events = point->events,
                           .seen = stored.seen,
                           .since = std::min(since, stored.settled),
                           .at = {},
                           .data = std::move(*data)};
  }
};

FoldSaver::FoldSaver(Loop& loop, FoldStore& store, std::uint32_t least_events)
    : loop_(loop), store_(store), least_events_(least_events) {}
FoldSaver::~FoldSaver() = default;

void FoldSaver::keep(const RunId& run, std::size_t events_folded) {
  if (stopped_ || work_ || events_folded < least_events_) return;
  begin({.run = run, .whole = false, .done = {}});
}

void FoldSaver::save(const RunId& run, bool whole, log::Done<Saved> done) {
  if (waiting_.size() >= kWaiting) {
    return loop_.post([done = std::move(done)]() mutable {
      done(fail(ErrorCode::too_large, "too many runs wait for their folds to be stored"));
    });
  }
  waiting_.push_back({run, whole, std::move(done)});
  next();
}

void FoldSaver::stop() {
  stopped_ = true;
  waiting_.clear();
}

void FoldSaver::next() {
  if (stopped_ || work_ || waiting_.empty()) return;
  Wanted wanted = std::move(waiting_.front());
  waiting_.pop_front();
  begin(std::move(wanted));
}

void FoldSaver::begin(Wanted wanted) {
  const RunId run = wanted.run;
  work_ = std::make_unique<Work>();
  work_->wanted = std::move(wanted);
  store_.open(run, [this](Result<StoredRun> stored) { have_run(std::move(stored)); });
}

void FoldSaver::have_run(Result<StoredRun> stored) {
  if (!stored) return finish(std::unexpected(stored.error()));
  work_->stored = std::move(*stored);
  const run::Graph& graph = *work_->stored.graph;
  if (const run::FoldPoint* const last = work_->stored.last()) {
    work_->walk.emplace(graph, last->state, last->chain, last->events);
  } else {
    work_->walk.emplace(graph, work_->wanted.run);
  }
  fold_some();
}

void FoldSaver::fold_some() {
  if (stopped_) return;
  const std::vector<run::Event>& events = work_->stored.events;
  const std::size_t end = std::min(work_->at + kEventsATurn, events.size());
  while (work_->at < end) {
    const auto points = work_->walk->fold(events[work_->at++]);
    if (!points) return finish(std::unexpected(points.error()));
    if (!points->empty()) work_->take_point(points->back());
  }
  if (work_->at == events.size()) return store();
  loop_.post([this] { fold_some(); });
}

void FoldSaver::store() {
  Work& work = *work_;
  const StoredRun& stored = work.stored;
  const bool asked = static_cast<bool>(work.wanted.done);
  if (!asked && work.new_events() < least_events_) return finish(Saved{});
  if (!work.point && !stored.last())
    return finish(fail(ErrorCode::conflict, "no level of the run has ended yet: it has no checkpoint"));
  const bool stands = !work.point && !(work.wanted.whole && stored.changed);
  if (!work.point) work.point = *stored.last();
  // Unasked, what changed is stored until it is as much as the rest.
  const bool grown = !asked && stored.whole && work.point->events >= 2 * stored.whole->events;
  const bool whole = stands ? !stored.changed : !stored.whole || work.wanted.whole || grown;
  const Saved saved{work.point->checkpoint, whole, work.point->events};
  if (stands) return finish(saved);
  auto fold = work.encode(whole);
  if (!fold) return finish(std::unexpected(fold.error()));
  store_.folds().save(std::move(*fold), [this, saved](Result<bool> done) {
    if (!done) return finish(std::unexpected(done.error()));
    if (*done) return finish(saved);
    finish(fail(ErrorCode::conflict, "the run's stored folds were replaced meanwhile: try again"));
  });
}

void FoldSaver::finish(Result<Saved> saved) {
  if (stopped_) return;
  const std::unique_ptr<Work> work = std::move(work_);
  if (work->wanted.done) work->wanted.done(std::move(saved));
  next();
}

}  // namespace callboard::dispatcher
