#include "deploy/cli/watch.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "deploy/cli/answers.hpp"
#include "deploy/cli/commands.hpp"
#include "deploy/cli/interrupts.hpp"
#include "deploy/cli/run_view.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kPatience = 30s;    // with a dispatcher that is away
constexpr auto kRefreshMost = 1s;  // without any event
constexpr Micros kRetryPause = 500ms;
constexpr std::string_view kAway = "the dispatcher does not answer; asking it again";

/// Follows a run's stream of events over restarts of the dispatcher, until `is_done` or Ctrl-C.
class Follower {
 public:
  Follower(ApiClient& api, const Terminal& terminal, std::string run)
      : api_(api), terminal_(terminal), run_(std::move(run)) {}

  /// `tick` is called about every 100 ms; it answers whether to go on.
  Exit run(const ApiClient::OnEvent& on_event, const std::function<bool()>& tick) {
    auto away_since = SteadyClock::now();
    std::string last;
    while (true) {
      bool wanted = true;
      const auto answer = api_.follow(run_path(run_) + "/stream", last, on_event, [&] {
        wanted = !interrupts_.has_come() && tick();
        return wanted;
      });
      last = api_.last_event_id();
      if (interrupts_.has_come()) return Exit::interrupted;
      if (!wanted) return Exit::done;
      if (answer && answer->status != 200) return explain_answer(terminal_, *answer);
      if (answer) away_since = SteadyClock::now();
      if (!tick()) return Exit::done;
      if (!answer && SteadyClock::now() - away_since > kPatience)
        return explain_error(terminal_, answer.error());
      if (interrupts_.wait(kRetryPause)) return Exit::interrupted;
    }
  }

 private:
  ApiClient& api_;
  const Terminal& terminal_;
  std::string run_;
  Interrupts interrupts_;
};

/// Asks for the run as it stands, on a connection of its own beside the stream's.
class RunReader {
 public:
  RunReader(const std::string& base_url, std::string run) : api_(base_url), path_(run_path(run)) {}

  /// Nothing while the dispatcher is away, which is left in `is_away`. Any other trouble is left in
  /// `refusal`.
  const Value* read() {
    auto answer = api_.get(path_);
    if (!answer && answer.error().code == ErrorCode::too_large) too_large = answer.error();
    is_away = !answer && !too_large;
    if (!answer) return nullptr;
    if (answer->status != 200) {
      refusal = std::move(*answer);
      return nullptr;
    }
    if (auto value = read_json(answer->body, 2 * limits::kJsonDepth)) {
      value_ = std::move(*value);
      body = std::move(answer->body);
    }
    return value_ ? &*value_ : nullptr;
  }
  const Value* last() const { return value_ ? &*value_ : nullptr; }

  std::optional<Answer> refusal;
  std::optional<Error> too_large;  // the run, for one answer
  bool is_away = false;
  std::string body;

 private:
  ApiClient api_;
  std::string path_;
  std::optional<Value> value_;
};

/// Waits for the end of a run that is too large to be shown, and tells its state alone.
Exit watch_end(ApiClient& api, const Terminal& terminal, const std::string& run, const Error& why,
               bool json) {
  explain_error(terminal, why);
  Interrupts interrupts;
  while (true) {
    const auto answer = api.get(run_path(run) + "?steps=false");
    if (!answer) return explain_error(terminal, answer.error());
    if (answer->status != 200) return explain_answer(terminal, *answer);
    const auto head = read_json(answer->body);
    const std::string state(head ? find_text(&*head, "state") : std::string_view());
    if (is_closed_state(state)) {
      terminal.line(json ? answer->body : "run " + run + " is " + state);
      return state == "completed" ? Exit::done : Exit::failed;
    }
    if (interrupts.wait(kRefreshMost)) return Exit::interrupted;
  }
}

}  // namespace

Exit watch_run(ApiClient& api, const Terminal& terminal, const std::string& run, bool json) {
  RunReader reader(api.base_url(), run);
  RunLines lines;
  auto live = terminal.is_live() && !json ? std::make_unique<LiveLines>(terminal) : nullptr;
  std::size_t frame = 0;
  bool stale = true;
  bool was_away = false;
  auto read_at = SteadyClock::now();
  const auto show = [&] {
    const Value* state = reader.last();
    if (state == nullptr || json) return;
    if (live) {
      auto drawn = draw_run(*state, {.colour = terminal.has_colour(), .now = wall_now(), .frame = frame++});
      if (reader.is_away) drawn.push_back(paint(kAway, Colour::yellow, terminal.has_colour()));
      live->draw(drawn);
    } else {
      if (reader.is_away && !was_away) terminal.error(kAway);
      was_away = reader.is_away;
      for (const std::string& line : lines.news(*state)) terminal.line(line);
    }
  };
  const auto tick = [&] {
    if (stale || SteadyClock::now() - read_at > kRefreshMost) {
      stale = reader.read() == nullptr;
      read_at = SteadyClock::now();
    }
    show();
    if (reader.refusal || reader.too_large) return false;
    return reader.last() == nullptr || !is_closed_state(find_text(reader.last(), "state"));
  };
  Exit end = Exit::done;
  if (tick()) end = Follower(api, terminal, run).run([&](std::string_view) { stale = true; }, tick);
  live.reset();
  if (reader.refusal) return explain_answer(terminal, *reader.refusal);
  if (reader.too_large) return watch_end(api, terminal, run, *reader.too_large, json);
  if (end == Exit::interrupted) {
    const std::string_view behind_echo = terminal.is_live() ? "\n" : "";  // of Ctrl-C
    terminal.error(std::string(behind_echo) + "The run goes on: callboard workflow status " + run);
  }
  if (end != Exit::done) return end;
  if (json) {
    terminal.line(reader.body);
  } else {
    for (const std::string& line : draw_end(*reader.last(), terminal.has_colour())) terminal.line(line);
  }
  return find_text(reader.last(), "state") == "completed" ? Exit::done : Exit::failed;
}

Exit follow_log(ApiClient& api, const Terminal& terminal, const std::string& run, bool json) {
  bool closed = false;
  const auto on_event = [&](std::string_view data) {
    const auto event = read_json(data, 2 * limits::kJsonDepth);
    if (!event) return;
    if (json) {
      terminal.line(write_json(*event));
    } else {
      for (const std::string& line : draw_event(*event, true, terminal.has_colour())) terminal.line(line);
    }
    const std::string_view type = find_text(&*event, "type");
    closed = closed || type == "run.completed" || type == "run.failed" || type == "run.cancelled";
  };
  return Follower(api, terminal, run).run(on_event, [&] { return !closed; });
}

}  // namespace callboard::cli
