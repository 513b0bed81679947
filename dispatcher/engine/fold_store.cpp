#include "dispatcher/engine/fold_store.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/fold.hpp"
#include "shared/run/pinned.hpp"

namespace callboard::dispatcher {
namespace {

/// What would make the fold another one than that of the whole log.
Result<void> check_rest(const StoredRun& stored) {
  if (stored.last() == nullptr) return {};
  for (const run::Event& event : stored.events) {
    if (event.position < stored.last()->checkpoint.position)
      return fail(ErrorCode::invalid,
                  event.key + " was committed behind the checkpoint, and stands before it");
    if (event.type == run::EventType::run_migrated)
      return fail(ErrorCode::invalid, "the run has another definition since");
  }
  return {};
}

Result<StoredRun> decode(GraphPtr graph, const RunId& run, log::Folds::Opened read) {
  StoredRun stored;
  stored.graph = std::move(graph);
  for (const log::StoredFold& fold : read.folds) {
    const run::FoldPoint* const base = fold.base.empty() ? nullptr : stored.last();
    auto point = run::decode_fold(*stored.graph, run, fold.data, base);
    if (!point) return std::unexpected(point.error());
    if (point->checkpoint.id != fold.checkpoint || point->checkpoint.position != fold.position)
      return fail(ErrorCode::invalid, "it stands under another checkpoint");
    (fold.base.empty() ? stored.whole : stored.changed) = std::move(*point);
  }
  stored.events = std::move(read.events);
  stored.transactions = std::move(read.transactions);
  stored.seen = std::move(read.seen);
  stored.settled = read.settled;
  if (auto checked = check_rest(stored); !checked) return std::unexpected(checked.error());
  return stored;
}

bool is_passing(const Error& error) {
  return error.code != ErrorCode::not_found && error.code != ErrorCode::invalid;
}

}  // namespace

Result<run::RunState> fold_on(const StoredRun& stored, const RunId& run) {
  run::RunState state = stored.last() ? stored.last()->state : run::make_state(*stored.graph, run);
  if (auto folded = run::fold_all(*stored.graph, state, stored.events); !folded)
    return std::unexpected(folded.error());
  return state;
}

void FoldStore::open(const RunId& run, log::Done<StoredRun> done) {
  folds_.open(run, [this, run, done = std::move(done)](Result<log::Folds::Opened> read) mutable {
    if (!read) return done(std::unexpected(read.error()));
    have_read(run, std::move(*read), std::move(done));
  });
}

void FoldStore::have_read(const RunId& run, log::Folds::Opened read, log::Done<StoredRun> done) {
  const bool is_stored = !read.folds.empty();
  auto created = is_stored ? Result<run::Created>() : run::find_created(read.events);
  if (!created) return done(std::unexpected(created.error()));
  definitions_.load(
      is_stored ? read.folds.front().definition : std::move(created->hash),
      [this, run, is_stored, read = std::move(read), done = std::move(done)](Result<GraphPtr> graph) mutable {
        auto stored =
            graph ? decode(std::move(*graph), run, std::move(read)) : std::unexpected(graph.error());
        if (stored || !is_stored || is_passing(stored.error())) return done(std::move(stored));
        refuse(run, stored.error(), std::move(done));
      });
}

void FoldStore::refuse(const RunId& run, const Error& why, log::Done<StoredRun> done) {
  if (refused_) refused_(run, why.message);
  folds_.drop(run, [this, run, done = std::move(done)](Result<int> dropped) mutable {
    if (!dropped) return done(std::unexpected(dropped.error()));
    open(run, std::move(done));
  });
}

}  // namespace callboard::dispatcher
