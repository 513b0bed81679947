#include "dispatcher/engine/shown.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/waiting.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kStaysSo = std::chrono::seconds(1);
constexpr std::size_t kRowsAtOnce = 1'000;

}  // namespace

void Shown::changed(OpenRun& run) {
  run.changed_at = ports_.clock.steady();
  if (run.watched) return;
  run.watched = true;
  watched_.push_back({run.changed_at + kStaysSo, {run.state.id, run.serial}});
}

void Shown::note(OpenRun& run) {
  const run::RunPhase phase =
      run.set_aside.empty() ? run::shown_phase(*run.graph, run.state) : run.state.phase;
  if (phase == run::RunPhase::pending) return;  // who waits for a place is told by trying, and by that alone
  if (run::is_closed(phase)) {
    run.shown = run::RunPhase::running;  // what the row says that has it go on
    return;
  }
  if (std::exchange(run.shown, phase) != phase) rows_.push_back({run.state.id, phase});
}

void Shown::write() {
  const Steady now = ports_.clock.steady();
  while (!watched_.empty() && watched_.front().first <= now && rows_.size() < kRowsAtOnce) {
    const auto place = watched_.front().second;
    watched_.pop_front();
    OpenRun* const run = runs_.find(place.first, place.second);
    if (run == nullptr) continue;
    if (run->changed_at + kStaysSo > now) {
      watched_.push_back({now + kStaysSo, place});
      continue;
    }
    run->watched = false;
    note(*run);
    shown_(*run);
  }
  if (rows_.empty()) return;
  const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(std::min(rows_.size(), kRowsAtOnce));
  ports_.ownership.show({rows_.begin(), end}, [](Result<bool>) {});
  rows_.erase(rows_.begin(), end);
}

}  // namespace callboard::dispatcher
