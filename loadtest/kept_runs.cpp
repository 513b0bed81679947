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
  std::string first_error() const;

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
    void leave(const std::string& why);

    Loop& loop_;
    HttpConnection link_;
    asio::steady_timer pause_;
    std::size_t run_ = 0;
    std::string id_;  // empty until it is accepted
    std::optional<SteadyTime> sent_;
  };

  std::optional<std::size_t> take();
  void note_accepted(std::size_t run, const std::string& id, bool by_key);
  void note_closed(std::size_t run, bool right);
  void note_over();
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
  std::string first_error_;

  std::jthread thread_;  // last: it uses the rest
};

void KeptRuns::Loop::Place::begin() {
  const auto run = loop_.take();
  if (!run) return link_.close();
  run_ = *run;
  id_.clear();
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
  if ((answer.status != 201 && answer.status != 200) || id.empty())
    return leave("a start was answered " + std::to_string(answer.status) + ": " + std::string(answer.body));
  id_ = id;
  loop_.note_accepted(run_, id_, answer.status == 200);
  if (loop_.plan_.await_close) return send();
  loop_.note_over();
  begin();
}

void KeptRuns::Loop::Place::look_answered(const HttpAnswer& answer) {
  if (answer.status != 200)
    return leave("run " + id_ + ", which was accepted, was answered " + std::to_string(answer.status) + ": " +
                 std::string(answer.body));
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

void KeptRuns::Loop::Place::leave(const std::string& why) {
  {
    const std::scoped_lock lock(loop_.mutex_);
    if (loop_.first_error_.empty()) loop_.first_error_ = why.substr(0, 600);
  }
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

std::string KeptRuns::Loop::first_error() const {
  const std::scoped_lock lock(mutex_);
  return first_error_;
}

KeptRuns::KeptRuns(Plan plan) : loop_(std::make_unique<Loop>(std::move(plan))) {}
KeptRuns::~KeptRuns() = default;
std::vector<double> KeptRuns::over_since(SteadyTime from, SteadyTime zero) const {
  return loop_->over_since(from, zero);
}
void KeptRuns::stop_starting() { loop_->stop_starting(); }
bool KeptRuns::wait_over(Micros most) { return loop_->wait_over(most); }
std::vector<KeptRun> KeptRuns::runs() const { return loop_->runs(); }
std::string KeptRuns::first_error() const { return loop_->first_error(); }

}  // namespace callboard::loadtest
