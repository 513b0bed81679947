#include "dispatcher/engine/engine.hpp"

#include <utility>

#include "dispatcher/engine/core.hpp"

namespace callboard::dispatcher {

Engine::Engine(Ports ports, Options options) : core_(std::make_unique<Core>(ports, std::move(options))) {}
Engine::~Engine() = default;

void Engine::start() { core_->start(); }
void Engine::stop(Task stopped) { core_->stop(std::move(stopped)); }
bool Engine::is_ready() const { return core_->partitions().acts(); }

RunId Engine::make_run_id() { return core_->make_run_id(); }
Partition Engine::partition_count() const { return core_->options().partitions; }
bool Engine::owns(Partition partition) const { return core_->partitions().owns(partition); }
Writer Engine::next_writer() { return core_->writers().next(); }

void Engine::adopt(const log::NewRun& run, GraphPtr graph, std::shared_ptr<const Value> event, Time at) {
  core_->adopt(run, std::move(graph), std::move(event), at);
}
void Engine::expect(const RunId& run) { core_->expect(run); }

void Engine::tell_of_pauses(Task known) { core_->tell_of_pauses(std::move(known)); }

void Engine::notice(const run::Event& event) { core_->notice(event); }

void Engine::when_closed(const RunId& run, Micros timeout, Closed done) {
  core_->when_closed(run, timeout, std::move(done));
}

std::optional<std::vector<Engine::Reason>> Engine::find_reasons(const RunId& run) const {
  const OpenRun* const open = core_->runs().find(run);
  if (open == nullptr) return std::nullopt;
  return reasons_of(*open, core_->publisher(), core_->fleet(), core_->now());
}

std::optional<Time> Engine::find_parked(const RunId& run) const { return core_->parked().find(run); }

std::uint64_t Engine::follow(const RunId& run, OnEvent on_event) {
  return core_->watchers().follow(run, std::move(on_event));
}
void Engine::unfollow(std::uint64_t follower) { core_->watchers().unfollow(follower); }

FoldStore& Engine::fold_store() { return core_->fold_store(); }
FoldSaver& Engine::fold_saver() { return core_->fold_saver(); }

Engine::Counts Engine::counts() const { return core_->counts(); }
const std::vector<log::Pause>& Engine::pauses() const { return core_->pauses().standing(); }
std::vector<topics::Presence> Engine::workers() const { return core_->fleet().workers(); }

}  // namespace callboard::dispatcher
