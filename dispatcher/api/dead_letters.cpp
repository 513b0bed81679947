// GET /api/dead-letters, one of them with its history, and its replay: attempts that were given up on.
#include <algorithm>
#include <memory>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/dead_letter.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/replay.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

/// One request for a page. The log knows what was given up on, and only a fold of its run what became of it
/// since: so the log is asked for more until the page is full, or enough runs were folded for one request.
struct Listing {
  Context& context;
  http::Responder responder;
  log::Library::LostFilter filter;
  bool open_only = true;
  std::size_t wanted = 0;
  std::vector<std::string> items;
  std::vector<log::LostAttempt> found;
  std::size_t at = 0;      // in `found`
  bool has_more = false;   // behind `found`
  std::size_t looked = 0;  // at letters, in all
  std::optional<RunId> run;
  Result<RunEvents> loaded = fail(ErrorCode::internal, "no run is loaded");  // of `run`
};
using ListingPtr = std::shared_ptr<Listing>;  // shared by its callbacks, one at a time

void send_page(Listing& listing, bool has_more) {
  std::optional<std::string> next;
  if (has_more) next = to_string(LetterId{listing.filter.before->run, listing.filter.before->key});
  listing.responder.send(http::Response::json(200, write_page(listing.items, next)));
}

void add_item(Listing& listing, const log::LostAttempt& lost) {
  const LetterId id{lost.outcome.run, lost.outcome.key};
  const auto key = run::parse_key(id.key);
  if (!key || key->kind != run::KeyKind::result) return;
  const Standing standing = listing.loaded
                                ? find_standing(*listing.loaded->graph, listing.loaded->state, *key)
                                : unreadable(listing.loaded.error().message);
  if (listing.open_only && !standing.is_open()) return;
  const std::vector<run::Event> none;
  const auto& events = listing.loaded ? listing.loaded->events : none;
  listing.items.push_back(write_letter({id, lost.outcome, lost.workflow, events, standing}));
}

void fill(const ListingPtr& listing);

void load_next(const ListingPtr& listing, const RunId& run) {
  load_events(listing->context, run, std::nullopt, [listing, run](Result<RunEvents> loaded) {
    if (!loaded && !is_lasting(loaded.error())) return listing->responder.send(problem_of(loaded.error()));
    listing->run = run;
    listing->loaded = std::move(loaded);
    fill(listing);
  });
}

void ask_log(const ListingPtr& listing) {
  log::Library::LostFilter filter = listing->filter;
  filter.limit = static_cast<int>(listing->wanted) + 1;
  listing->context.library.lost_attempts(std::move(filter),
                                         [listing](Result<std::vector<log::LostAttempt>> found) {
                                           if (!found)
                                             return listing->responder.send(problem_of(found.error()));
                                           listing->has_more = found->size() > listing->wanted;
                                           if (listing->has_more) found->resize(listing->wanted);
                                           listing->found = std::move(*found);
                                           listing->at = 0;
                                           fill(listing);
                                         });
}

void fill(const ListingPtr& listing) {
  while (listing->at < listing->found.size()) {
    if (listing->items.size() == listing->wanted) return send_page(*listing, true);
    const log::LostAttempt& lost = listing->found[listing->at];
    if (listing->run != lost.outcome.run) return load_next(listing, lost.outcome.run);
    add_item(*listing, lost);
    listing->filter.before = {lost.outcome.run, lost.outcome.key};
    ++listing->at;
    ++listing->looked;
  }
  const bool is_enough = listing->items.size() == listing->wanted ||
                         listing->looked >= static_cast<std::size_t>(limits::kPageMost);
  if (is_enough || !listing->has_more) return send_page(*listing, listing->has_more);
  ask_log(listing);
}

Read<bool> read_open_only(const http::Request& request) {
  const std::string state = request.find_query("state").value_or("open");
  if (state == "open" || state == "all") return state == "open";
  return std::unexpected(http::make_problem(400, "state must be open or all"));
}

Read<log::Library::LostFilter> read_filter(const http::Request& request) {
  log::Library::LostFilter filter;
  filter.workflow = request.find_query("workflow").value_or(std::string());
  const auto since = read_time(request, "since");
  if (!since) return std::unexpected(since.error());
  const auto until = read_time(request, "until");
  if (!until) return std::unexpected(until.error());
  filter.since = *since;
  filter.until = *until;
  if (const auto cursor = request.find_query("cursor")) {
    const auto id = parse_letter_id(*cursor);
    if (!id) return std::unexpected(http::make_problem(400, "cursor is none that an earlier answer gave"));
    filter.before = {id->run, id->key};
  }
  return filter;
}

void list_letters(Context& context, Call call) {
  auto filter = read_filter(call.request);
  if (!filter) return call.responder.send(std::move(filter.error()));
  const auto open_only = read_open_only(call.request);
  if (!open_only) return call.responder.send(open_only.error());
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  ask_log(std::make_shared<Listing>(Listing{.context = context,
                                            .responder = std::move(call.responder),
                                            .filter = std::move(*filter),
                                            .open_only = *open_only,
                                            .wanted = static_cast<std::size_t>(*limit),
                                            .items = {},
                                            .found = {},
                                            .run = {}}));
}

Read<LetterId> read_letter_id(const Call& call) {
  auto id = parse_letter_id(call.parameter("id"));
  if (!id) return std::unexpected(not_found("dead letter", call.parameter("id")));
  return std::move(*id);
}

http::Response show(const LetterId& id, std::string_view workflow, const std::vector<run::Event>& events,
                    const std::function<Standing(const run::Key&)>& judge) {
  const run::Event* const outcome = find_lost(events, id.key);
  if (outcome == nullptr) return not_found("dead letter", to_string(id));
  const Standing standing = judge(*run::parse_key(id.key));
  return http::Response::json(200, write_letter_with_history({id, *outcome, workflow, events, standing}));
}

/// The run can't be folded: what its log says is shown all the same.
void show_unreadable(Context& context, const LetterId& id, std::string why, http::Responder responder) {
  context.library.run(id.run, [&context, id, why = std::move(why),
                               responder = std::move(responder)](Result<log::RunHead> head) mutable {
    if (!head) return responder.send(problem_of(head.error()));
    context.events.read_run(
        id.run, [id, why = std::move(why), workflow = std::move(head->workflow),
                 responder = std::move(responder)](Result<std::vector<run::Event>> events) mutable {
          if (!events) return responder.send(problem_of(events.error()));
          responder.send(show(id, workflow, *events, [&](const run::Key&) { return unreadable(why); }));
        });
  });
}

void show_letter(Context& context, Call call) {
  auto id = read_letter_id(call);
  if (!id) return call.responder.send(std::move(id.error()));
  load_events(context, id->run, std::nullopt,
              [&context, id = *id, responder = std::move(call.responder)](Result<RunEvents> loaded) mutable {
                if (!loaded && !is_lasting(loaded.error())) return responder.send(problem_of(loaded.error()));
                if (!loaded)
                  return show_unreadable(context, id, loaded.error().message, std::move(responder));
                responder.send(show(id, loaded->graph->slug, loaded->events, [&](const run::Key& key) {
                  return find_standing(*loaded->graph, loaded->state, key);
                }));
              });
}

void replay(Context& context, Call call) {
  auto id = read_letter_id(call);
  if (!id) return call.responder.send(std::move(id.error()));
  replay_letter(context, std::move(*id), ReplayMode::one,
                [responder = std::move(call.responder)](Replay replayed) mutable {
                  responder.send(std::move(replayed.answer));
                });
}

}  // namespace

std::vector<Route> dead_letter_routes(Context& context) {
  return {
      {.method = "GET",
       .pattern = "/api/dead-letters",
       .summary = "Attempts of steps that were given up on, of the newest runs first",
       .query = {{"workflow", R"({"type":"string"})", "Only of this workflow"},
                 {"since", R"({"type":"string","format":"date-time"})", "Given up on at or after this time"},
                 {"until", R"({"type":"string","format":"date-time"})", "Given up on before this time"},
                 {"state", R"({"enum":["open","all"],"default":"open"})",
                  "open: those that nobody has seen to yet"},
                 kLimitParameter,
                 kCursorParameter},
       .body = {},
       .answers = {{200, "DeadLetterPage"}},
       .handle = [&context](Call call) { list_letters(context, std::move(call)); }},
      {.method = "GET",
       .pattern = "/api/dead-letters/{id}",
       .summary = "A dead letter with the history of its step",
       .query = {},
       .body = {},
       .answers = {{200, "DeadLetter"}},
       .handle = [&context](Call call) { show_letter(context, std::move(call)); }},
      {.method = "POST",
       .pattern = "/api/dead-letters/{id}/replay",
       .summary = "Have the step of a dead letter executed again: a step that asks is answered with retry, a "
                  "failed run is retried. One that was executed again already is left as it is (200)",
       .query = {},
       .body = kNoMembers,
       .answers = {{202, "Replayed"}, {200, "Replayed"}},
       .handle = [&context](Call call) { replay(context, std::move(call)); }},
  };
}

}  // namespace callboard::dispatcher
