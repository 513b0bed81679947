#include "loadtest/kept_runs.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

/// The dispatcher answers a look after 30 s at most; one that was frozen meanwhile is given its time.
constexpr auto kLongestAnswer = 45s;
constexpr int kMostRefusals = 200;  // ten seconds of them
constexpr auto kWatchEvery = 1s;

bool is_closed(std::string_view state) {
  return state == "completed" || state == "failed" || state == "cancelled";
}

}  // namespace

class KeptRuns::Loop {
 public:
  explicit Loop(Plan plan);
  ~Loop();

  std::vector<double> over_since(SteadyTime from, SteadyTime zero) const;
  void stop_starting();
  bool wait_over(Micros most);
  std::vector<KeptRun> runs() const;
  Refused refused() const;

 private:
  /// One place in flight: it takes a run to its end, then the next. All on the inner thread.
  class Place {
   public:
    Place(Loop& loop, asio::io_context& context)
        : loop_(loop), link_(context, loop.plan_.target), pause_(context) {}
    void begin();
    void break_if_silent(SteadyTime now);

   private:
    void send();
    void start_answered(const HttpAnswer& answer);
    void look_answered(const HttpAnswer& answer);
    void ask_again();
    void refused(const std::string& what, const HttpAnswer& answer);

    Loop& loop_;
    HttpConnection link_;
    asio::steady_timer pause_;
    std::size_t run_ = 0;
    std::string id_;  // empty until it is accepted
    int refusals_ = 0;
    std::optional<SteadyTime> sent_;
  };

  std::optional<std::size_t> take();
  void note_accepted(std::size_t run, const std::string& id, bool by_key);
  void note_closed(std::size_t run, bool right);
  void note_over();
  void note_refused(const std::string& what);
  void watch();
  std::string request_for(std::size_t run, const std::string& id) const;

  const Plan plan_;
  asio::io_context context_{1};
  asio::steady_timer watch_{context_};
  std::vector<std::unique_ptr<Place>> places_;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::deque<KeptRun> runs_;
  std::vector<SteadyTime> over_;
  std::size_t idle_places_ = 0;
  bool starting_ = true;
  Refused refused_;

  std::jthread thread_;  // last: it uses the rest
};

void KeptRuns::Loop::Place::begin() {
  const auto run = loop_.take();
  if (!run) return link_.close();
  run_ = *run;
  id_.clear();
  refusals_ = 0;
  send();
}

void KeptRuns::Loop::Place::send() {
  sent_ = SteadyClock::now();
  link_.ask(loop_.request_for(run_, id_), [this](const Result<HttpAnswer>& answer) {
    sent_.reset();
    if (!answer || answer->status >= 500 || answer->status == 429) return ask_again();
    if (id_.empty()) return start_answered(*answer);
    look_answered(*answer);
  });
}

void KeptRuns::Loop::Place::start_answered(const HttpAnswer& answer) {
  const auto body = read_json(answer.body);
  const std::string_view id = body ? find_text(&*body, "id") : std::string_view();
  if ((answer.status != 201 && answer.status != 200) || id.empty()) return refused("a start", answer);
  id_ = id;
  refusals_ = 0;
  loop_.note_accepted(run_, id_, answer.status == 200);
  if (loop_.plan_.await_close) return send();
  loop_.note_over();
  begin();
}

void KeptRuns::Loop::Place::look_answered(const HttpAnswer& answer) {
  if (answer.status != 200) return refused("run " + id_ + ", which was accepted,", answer);
  const auto body = read_json(answer.body);
  if (!body || !is_closed(find_text(&*body, "state"))) return send();
  loop_.note_closed(run_, !loop_.plan_.is_right || loop_.plan_.is_right(answer.body));
  begin();
}

void KeptRuns::Loop::Place::ask_again() {
  pause_.expires_after(kPause);
  pause_.async_wait([this](const error_code& cancelled) {
    if (!cancelled) send();
  });
}

/// What the client asked for may be there all the same, so it asks on for a while: only then is it known what
/// became of it.
void KeptRuns::Loop::Place::refused(const std::string& what, const HttpAnswer& answer) {
  loop_.note_refused(what + " was answered " + std::to_string(answer.status) + ": " +
                     std::string(answer.body));
  if (++refusals_ < kMostRefusals) return ask_again();
  begin();
}

void KeptRuns::Loop::Place::break_if_silent(SteadyTime now) {
  if (sent_ && now - *sent_ > kLongestAnswer) link_.close();
}

KeptRuns::Loop::Loop(Plan plan) : plan_(std::move(plan)) {
  for (std::size_t i = 0; i < plan_.in_flight; ++i) {
    places_.push_back(std::make_unique<Place>(*this, context_));
    asio::post(context_, [place = places_.back().get()] { place->begin(); });
  }
  watch();
  thread_ = std::jthread([this] { context_.run(); });
}

KeptRuns::Loop::~Loop() { context_.stop(); }

void KeptRuns::Loop::watch() {
  watch_.expires_after(kWatchEvery);
  watch_.async_wait([this](const error_code& cancelled) {
    if (cancelled) return;
    for (const auto& place : places_) place->break_if_silent(SteadyClock::now());
    watch();
  });
}

std::string KeptRuns::Loop::request_for(std::size_t run, const std::string& id) const {
  if (!id.empty()) return format_request(plan_.target, "GET", "/api/runs/" + id + "?wait=30s", "", "");
  return format_request(
      plan_.target, "POST", "/api/workflows/" + plan_.workflow + "/runs",
      "Content-Type: application/json\r\n",
      R"({"idempotencyKey":"kept-)" + std::to_string(run) + R"(","inputs":)" + plan_.inputs + "}");
}

std::optional<std::size_t> KeptRuns::Loop::take() {
  const std::scoped_lock lock(mutex_);
  if (starting_ && (plan_.most == 0 || runs_.size() < plan_.most)) {
    runs_.emplace_back().asked = SteadyClock::now();
    return runs_.size() - 1;
  }
  ++idle_places_;
  changed_.notify_all();
  return std::nullopt;
}

void KeptRuns::Loop::note_accepted(std::size_t run, const std::string& id, bool by_key) {
  const std::scoped_lock lock(mutex_);
  runs_[run].id = id;
  runs_[run].accepted = SteadyClock::now();
  runs_[run].found_by_key = by_key;
}

void KeptRuns::Loop::note_closed(std::size_t run, bool right) {
  const std::scoped_lock lock(mutex_);
  runs_[run].closed = SteadyClock::now();
  runs_[run].was_closed = true;
  runs_[run].was_right = right;
  over_.push_back(runs_[run].closed);
}

void KeptRuns::Loop::note_over() {
  const std::scoped_lock lock(mutex_);
  over_.push_back(SteadyClock::now());
}

void KeptRuns::Loop::note_refused(const std::string& what) {
  const std::scoped_lock lock(mutex_);
  if (refused_.times++ == 0) refused_.first = what.substr(0, 600);
}

std::vector<double> KeptRuns::Loop::over_since(SteadyTime from, SteadyTime zero) const {
  const std::scoped_lock lock(mutex_);
  std::vector<double> seconds;
  for (auto at = std::ranges::lower_bound(over_, from); at != over_.end(); ++at)
    seconds.push_back(std::chrono::duration<double>(*at - zero).count());
  return seconds;
}

void KeptRuns::Loop::stop_starting() {
  const std::scoped_lock lock(mutex_);
  starting_ = false;
}

bool KeptRuns::Loop::wait_over(Micros most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [this] { return idle_places_ == plan_.in_flight; });
}

std::vector<KeptRun> KeptRuns::Loop::runs() const {
  const std::scoped_lock lock(mutex_);
  return {runs_.begin(), runs_.end()};
}

KeptRuns::Refused KeptRuns::Loop::refused() const {
  const std::scoped_lock lock(mutex_);
  return refused_;
}

KeptRuns::KeptRuns(Plan plan) : loop_(std::make_unique<Loop>(std::move(plan))) {}
KeptRuns::~KeptRuns() = default;
std::vector<double> KeptRuns::over_since(SteadyTime from, SteadyTime zero) const {
  return loop_->over_since(from, zero);
}
void KeptRuns::stop_starting() { loop_->stop_starting(); }
bool KeptRuns::wait_over(Micros most) { return loop_->wait_over(most); }
std::vector<KeptRun> KeptRuns::runs() const { return loop_->runs(); }
KeptRuns::Refused KeptRuns::refused() const { return loop_->refused(); }

}  // namespace callboard::loadtest
