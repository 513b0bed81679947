#include "dispatcher/api/run_reader.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/api/run_view.hpp"
#include "dispatcher/engine/delivery_payload.hpp"
#include "dispatcher/engine/fold_store.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/opening.hpp"
#include "shared/run/pinned.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kLookAgain = std::chrono::milliseconds(200);

Result<RunEvents> fold_run(GraphPtr graph, const RunId& id, std::vector<run::Event> events) {
  RunEvents loaded{.graph = graph, .state = run::make_state(*graph, id), .events = std::move(events)};
  if (auto folded = run::fold_all(*graph, loaded.state, loaded.events); !folded)
    return std::unexpected(folded.error());
  return loaded;
}

/// Leaves the events up to the point.
Result<void> cut_at(const LogPoint& at, std::vector<run::Event>& events) {
  const auto is_later = [&](const run::Event& event) {
    return at.position ? event.position > *at.position : event.at > *at.time;
  };
  const bool is_beyond = at.position && !events.empty() && *at.position > events.back().position;
  if (is_beyond) {
    return fail(ErrorCode::conflict, "position " + std::to_string(*at.position) +
                                         " is beyond the run's last event, which stands at " +
                                         std::to_string(events.back().position));
  }
  std::erase_if(events, is_later);
  return {};
}

/// As the run's owner sees it.
template <typename Loaded>
void see_what_may_begin(Context& context, Loaded loaded, log::Done<Loaded> done) {
  if (!run::lacks_payload(*loaded.graph, loaded.state)) {
    run::open_what_may_begin(*loaded.graph, loaded.state);
    return done(std::move(loaded));
  }
  const DeliveryId delivery = *loaded.state.created.delivery;
  context.library.delivery(delivery, [loaded = std::move(loaded),
                                      done = std::move(done)](const Result<log::Delivery>& found) mutable {
    if (!found && found.error().code == ErrorCode::not_found) return done(std::move(loaded));
    if (!found) return done(std::unexpected(found.error()));
    auto payload = read_payload(*found);
    if (!payload) return done(std::unexpected(payload.error()));
    loaded.state.event = std::make_shared<const Value>(std::move(*payload));
    run::open_what_may_begin(*loaded.graph, loaded.state);
    done(std::move(loaded));
  });
}

/// From its stored fold, where it has one.
void load_now(Context& context, const RunId& run, log::Done<LoadedRun> done) {
  context.engine.fold_store().open(
      run, [&context, run, done = std::move(done)](Result<StoredRun> stored) mutable {
        if (!stored) return done(std::unexpected(stored.error()));
        auto state = fold_on(*stored, run);
        if (!state) return done(std::unexpected(state.error()));
        context.engine.fold_saver().keep(run, stored->events.size());
        see_what_may_begin(context, LoadedRun{std::move(stored->graph), std::move(*state)}, std::move(done));
      });
}

/// One waiting request.
struct Wait {
  RunId run;
  Steady until;
  log::Done<std::string> done;
};

void look_at_log(Context& context, std::shared_ptr<Wait> wait);

void wait_again(Context& context, std::shared_ptr<Wait> wait) {
  const Micros left = std::max(wait->until - context.clock.steady(), Micros(0));
  context.engine.when_closed(
      wait->run, left, [&context, wait](bool closed, const run::Graph* graph, const run::RunState* state) {
        if (closed && graph != nullptr && state != nullptr)
          return wait->done(write_run(*graph, *state, std::nullopt));
        look_at_log(context, wait);
      });
}

void show_unreadable(Context& context, const std::shared_ptr<Wait>& wait, std::string why) {
  context.library.run(wait->run, [wait, why = std::move(why)](Result<log::RunHead> head) {
    if (!head) return wait->done(std::unexpected(head.error()));
    wait->done(write_unreadable(*head, why));
  });
}

/// Who has the places that a queued run waits for: ", which run … has".
std::string describe_holders(const std::vector<log::Slots::Standing>& standing, const RunId& waiting) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> holders;
  for (const log::Slots::Standing& one : standing) {
    if (one.has_place && one.run != waiting) holders.push_back(to_string(one.run));
  }
  if (holders.empty()) return {};
  std::string out = holders.size() == 1 ? ", which run " : ", which the runs ";
  for (std::size_t i = 0; i < std::min(holders.size(), kShown); ++i) out += (i > 0 ? ", " : "") + holders[i];
  if (holders.size() > kShown) out += " and " + std::to_string(holders.size() - kShown) + " more";
  return out + (holders.size() == 1 ? " has" : " have");
}

void show_with_holders(Context& context, const std::shared_ptr<Wait>& wait, LoadedRun loaded) {
  constexpr int kMostAsked = 500;  // of the group's open runs
  const std::string group = loaded.state.created.group->name;
  context.slots.standing(group, kMostAsked,
                         [&context, wait, loaded = std::move(loaded)](
                             const Result<std::vector<log::Slots::Standing>>& standing) {
                           const std::string holders =
                               standing ? describe_holders(*standing, wait->run) : std::string();
                           wait->done(write_loaded(context, loaded, holders));
                         });
}

void show_now(Context& context, std::shared_ptr<Wait> wait) {
  load_run(context, wait->run, std::nullopt, [&context, wait](Result<LoadedRun> loaded) {
    if (!loaded && is_lasting(loaded.error())) return show_unreadable(context, wait, loaded.error().message);
    if (!loaded) return wait->done(std::unexpected(loaded.error()));
    const bool waits_for_place = loaded->state.queued && loaded->state.created.group;
    if (waits_for_place) return show_with_holders(context, wait, *std::move(loaded));
    wait->done(write_loaded(context, *loaded, {}));
  });
}

void look_at_log(Context& context, std::shared_ptr<Wait> wait) {
  context.library.run(wait->run, [&context, wait](Result<log::RunHead> head) {
    if (!head) return wait->done(std::unexpected(head.error()));
    const bool over = context.clock.steady() >= wait->until;
    if (over || run::is_closed(head->phase)) return show_now(context, wait);
    context.loop.after(kLookAgain, [&context, wait] { wait_again(context, wait); });
  });
}

}  // namespace

void load_run(Context& context, const RunId& run, std::optional<LogPoint> at, log::Done<LoadedRun> done) {
  if (!at) return load_now(context, run, std::move(done));
  load_events(context, run, at, [done = std::move(done)](Result<RunEvents> loaded) mutable {
    if (!loaded) return done(std::unexpected(loaded.error()));
    done(LoadedRun{std::move(loaded->graph), std::move(loaded->state)});
  });
}

void load_events(Context& context, const RunId& run, std::optional<LogPoint> at, log::Done<RunEvents> done) {
  context.events.read_run(
      run, [&context, run, at, done = std::move(done)](Result<std::vector<run::Event>> events) mutable {
        if (!events) return done(std::unexpected(events.error()));
        if (at) {
          if (auto cut = cut_at(*at, *events); !cut) return done(std::unexpected(cut.error()));
        }
        if (events->empty()) return done(fail(ErrorCode::not_found, "the run did not exist yet"));
        auto created = run::find_created(*events);
        if (!created) return done(std::unexpected(created.error()));
        context.definitions.load(std::move(created->hash),
                                 [&context, run, events = std::move(*events),
                                  done = std::move(done)](Result<GraphPtr> graph) mutable {
                                   if (!graph) return done(std::unexpected(graph.error()));
                                   auto loaded = fold_run(std::move(*graph), run, std::move(events));
                                   if (!loaded) return done(std::unexpected(loaded.error()));
                                   see_what_may_begin(context, *std::move(loaded), std::move(done));
                                 });
      });
}

bool is_lasting(const Error& error) {
  return error.code != ErrorCode::unavailable && error.code != ErrorCode::timeout &&
         error.code != ErrorCode::too_large;
}

void show_when_closed(Context& context, const RunId& run, Micros timeout, log::Done<std::string> done) {
  // Shared by the callbacks of its turns, one at a time.
  const auto wait = std::make_shared<Wait>(
      Wait{.run = run, .until = context.clock.steady() + timeout, .done = std::move(done)});
  if (timeout.count() == 0) return show_now(context, wait);
  wait_again(context, wait);
}

std::string write_loaded(const Context& context, const LoadedRun& loaded, std::string_view holders) {
  const RunId& run = loaded.state.id;
  auto parked_until = context.engine.find_parked(run);
  if (parked_until == Time::max()) parked_until = std::nullopt;
  return write_run(*loaded.graph, loaded.state, context.engine.find_reasons(run), &context.links, holders,
                   parked_until);
}

}  // namespace callboard::dispatcher
