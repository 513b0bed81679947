// GET /api/runs/{id}/stream: server-sent events, one for each event of the log, resumable by Last-Event-ID.
#include <charconv>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/event_view.hpp"
#include "dispatcher/api/resources.hpp"

namespace callboard::dispatcher {
namespace {

constexpr int kBatch = 200;
constexpr std::size_t kAhead = 256 * limits::kKiB;  // unsent, until the rest of a batch waits
constexpr Micros kHeartbeat = std::chrono::seconds(15);
constexpr Micros kLook = std::chrono::milliseconds(500);  // without news from the engine
constexpr Micros kSoon =
    std::chrono::milliseconds(10);  // after news: its transaction may not be visible to tails yet

/// A place in the stream of one run: `shown` events behind what the log's cursor says. The log gives a cursor
/// for a whole batch, and reading again from it gives the same events in the same order, perhaps more.
struct Place {
  std::string cursor;
  std::size_t shown = 0;
};

std::string write_place(const Place& place) { return place.cursor + "~" + std::to_string(place.shown); }

std::optional<Place> read_place(std::string_view text) {
  const std::size_t mark = text.rfind('~');
  if (mark == std::string_view::npos) return std::nullopt;
  Place place{.cursor = std::string(text.substr(0, mark)), .shown = 0};
  const auto [end, error] = std::from_chars(text.data() + mark + 1, text.data() + text.size(), place.shown);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return place;
}

bool closes(run::EventType type) {
  return type == run::EventType::run_completed || type == run::EventType::run_failed ||
         type == run::EventType::run_cancelled;
}

/// One client that follows one run. Lives as long as a read, a timer or the client holds it.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(Context& context, const RunId& run, Place place, http::Stream stream)
      : context_(context), run_(run), place_(std::move(place)), stream_(std::move(stream)) {}

  void start() {
    follower_ = context_.engine.follow(run_, [weak = weak_from_this()](const run::Event&) {
      if (const auto self = weak.lock()) self->look_soon();
    });
    // The stream holds the follower until the client goes: the cycle ends there or in end().
    stream_.on_gone([self = shared_from_this()] { self->end(); });
    beat();
    look();
  }

 private:
  void look();
  void look_later();
  void look_soon();
  void go_on();
  bool show(const run::Event& event, std::size_t& index, const std::string& cursor);
  void beat();
  void end();

  Context& context_;
  RunId run_;
  Place place_;
  http::Stream stream_;
  log::EventLog::Tail tail_;  // what was read last
  std::size_t next_ = 0;      // of its events: the first that is not written
  std::size_t index_ = 0;     // what of it was written, as Place counts
  std::uint64_t follower_ = 0;
  Loop::TimerId look_timer_ = 0;
  Loop::TimerId beat_timer_ = 0;
  bool reading_ = false;
  bool news_ = false;
  bool ended_ = false;
};

void Follower::look() {
  if (ended_ || reading_) return;
  reading_ = true;
  news_ = false;
  context_.events.read_tail(run_, place_.cursor, kBatch,
                            [self = shared_from_this()](Result<log::EventLog::Tail> tail) {
                              if (self->ended_) return;
                              if (!tail) return self->look_later();
                              self->tail_ = *std::move(tail);
                              self->next_ = self->index_ = 0;
                              self->go_on();
                            });
}

void Follower::look_later() {
  reading_ = false;
  look_timer_ = context_.loop.after(news_ ? kSoon : kLook, [self = shared_from_this()] { self->look(); });
}

void Follower::look_soon() {
  news_ = true;
  if (ended_ || reading_) return;
  context_.loop.cancel(look_timer_);
  look_timer_ = context_.loop.after(kSoon, [self = shared_from_this()] { self->look(); });
}

/// Writes what was read, no faster than the client takes it.
void Follower::go_on() {
  if (ended_) return;
  while (next_ < tail_.events.size()) {
    if (stream_.unsent() >= kAhead) return stream_.when_sent([self = shared_from_this()] { self->go_on(); });
    const run::Event& event = tail_.events[next_++];
    if (!show(event, index_, place_.cursor) || closes(event.type)) return end();
  }
  place_ = {.cursor = tail_.cursor, .shown = 0};
  if (std::ssize(tail_.events) < kBatch) return look_later();
  reading_ = false;
  look();
}

bool Follower::show(const run::Event& event, std::size_t& index, const std::string& cursor) {
  for (const std::string& shown : write_event(event)) {
    if (++index <= place_.shown) continue;
    std::string message = "id: " + write_place({.cursor = cursor, .shown = index}) + "\nevent: ";
    message += run::to_string(event.type);
    message += "\ndata: " + shown + "\n\n";
    if (!stream_.write(message)) return false;
  }
  return true;
}

void Follower::beat() {
  if (ended_) return;
  if (!stream_.write(": still here\n\n")) return end();
  beat_timer_ = context_.loop.after(kHeartbeat, [self = shared_from_this()] { self->beat(); });
}

void Follower::end() {
  if (std::exchange(ended_, true)) return;
  context_.engine.unfollow(follower_);
  context_.loop.cancel(look_timer_);
  context_.loop.cancel(beat_timer_);
  stream_.end();
}

void stream_run(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  Place place;
  if (const auto last = call.request.headers.find("Last-Event-ID"); last && !last->empty()) {
    auto resumed = read_place(*last);
    if (!resumed)
      return call.responder.send(http::make_problem(400, "Last-Event-ID is none that a stream gave"));
    place = std::move(*resumed);
  }
  context.library.run(*id, [&context, id = *id, place = std::move(place),
                            responder = std::move(call.responder)](Result<log::RunHead> head) mutable {
    if (!head) return responder.send(problem_of(head.error()));
    http::Response start{.status = 200, .content_type = "text/event-stream", .body = {}, .headers = {}};
    start.headers.emplace_back("Cache-Control", "no-store");
    // Shared by its reads and timers.
    std::make_shared<Follower>(context, id, std::move(place), responder.stream(std::move(start)))->start();
  });
}

}  // namespace

std::vector<Route> stream_routes(Context& context) {
  const Route route{
      .method = "GET",
      .pattern = "/api/runs/{id}/stream",
      .summary = "The events of a run as they happen, as server-sent events; ends behind the close",
      .query = {},
      .body = {},
      .answers = {{200, {}, "text/event-stream"}},
      .handle = [&context](Call call) { stream_run(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/stream")};
}

}  // namespace callboard::dispatcher
