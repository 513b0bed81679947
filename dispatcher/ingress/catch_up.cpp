#include "dispatcher/ingress/catch_up.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/ingress/source.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kFirstLook = std::chrono::seconds(2);
constexpr Micros kLook = std::chrono::minutes(5);
constexpr Micros kKept = std::chrono::days(3);         // by GitHub
constexpr Micros kOverlap = std::chrono::minutes(10);  // attempts may be listed late
constexpr Micros kSettled = std::chrono::seconds(30);  // an attempt younger than that may still be answered
constexpr int kPages = 20;                             // of 100 attempts
constexpr std::size_t kFetched = 500;                  // deliveries of a hook in one look

}  // namespace

/// One look at one hook after the other.
struct CatchUp::Round {
  std::size_t hook = 0;
  Time begun{};
  int pages = 0;
  FailedDeliveries failed;
  std::vector<DeliveryAttempt> open;  // oldest first
  std::size_t next = 0;               // of `open`
  std::size_t taken = 0;
  bool is_cut = false;  // something of it is left for the next look
};

CatchUp::CatchUp(Ports ports, Options options)
    : ports_(std::move(ports)), options_(std::move(options)), looked_(options_.hooks.size()) {}
CatchUp::~CatchUp() { stop(); }

void CatchUp::start() {
  is_stopped_ = options_.hooks.empty();
  look_in(kFirstLook);
}

void CatchUp::stop() {
  is_stopped_ = true;
  ports_.loop.cancel(std::exchange(timer_, 0));
}

void CatchUp::look_in(Micros delay) {
  if (!is_stopped_) timer_ = ports_.loop.after(delay, [this] { look(); });
}

void CatchUp::look() {
  if (!ports_.engine.owns(0) || !ports_.registry.is_loaded()) return look_in(kFirstLook);
  const auto round = std::make_shared<Round>();
  round->begun = ports_.clock.now();
  next_hook(round);
}

void CatchUp::next_hook(RoundPtr round) {
  if (round->hook == options_.hooks.size()) return look_in(kLook);
  ask(round, options_.api_url + "/" + options_.hooks[round->hook] + "/deliveries?per_page=100",
      &CatchUp::take_page);
}

void CatchUp::ask(const RoundPtr& round, const std::string& url,
                  void (CatchUp::*then)(RoundPtr, GithubAnswer)) {
  ports_.ask(url, [this, alive = std::weak_ptr(alive_), round, then](Result<GithubAnswer> answer) {
    if (alive.expired() || is_stopped_) return;
    if (!answer) return end_hook(round, answer.error().message);
    if (answer->status != 200) return end_hook(round, "GitHub answered " + std::to_string(answer->status));
    (this->*then)(round, std::move(*answer));
  });
}

void CatchUp::take_page(RoundPtr round, GithubAnswer answer) {
  const auto attempts = read_attempts(answer.body);
  if (!attempts) return end_hook(round, attempts.error().message);
  const Time since = std::max(looked_[round->hook], round->begun - kKept);
  bool reaches_back = attempts->empty();
  for (const DeliveryAttempt& attempt : *attempts) {
    reaches_back = reaches_back || attempt.at < since;
    if (attempt.at >= since) round->failed.add(attempt);
  }
  const std::string next = next_page(answer.link);
  // A page elsewhere would be told our token.
  const bool is_ours = next.starts_with(options_.api_url + "/");
  if (reaches_back || !is_ours || ++round->pages == kPages) return begin_fetching(round);
  ask(round, next, &CatchUp::take_page);
}

void CatchUp::begin_fetching(const RoundPtr& round) {
  round->open = round->failed.take();
  std::erase_if(round->open, [&](const DeliveryAttempt& attempt) {
    const bool is_young = attempt.at > round->begun - kSettled;
    round->is_cut = round->is_cut || is_young;
    return is_young;
  });
  if (round->open.size() > kFetched) {
    round->open.resize(kFetched);
    round->is_cut = true;
  }
  fetch_next(round);
}

void CatchUp::fetch_next(const RoundPtr& round) {
  if (round->next == round->open.size()) return end_hook(round, {});
  ask(round,
      options_.api_url + "/" + options_.hooks[round->hook] + "/deliveries/" +
          std::to_string(round->open[round->next].id),
      &CatchUp::take_delivery);
}

void CatchUp::take_delivery(RoundPtr round, GithubAnswer answer) {
  auto kept = read_kept_delivery(answer.body);
  const std::string guid = round->open[round->next].guid;
  ++round->next;
  if (!kept) {
    options_.complain(options_.hooks[round->hook], guid + ": " + kept.error().message);
    return fetch_next(round);
  }
  Arrivals::Event event{.delivery = {.id = DeliveryId{make_uuid(ports_.clock.now(), ports_.random)},
                                     .source = std::string(kGithub.name),
                                     .external_id = guid,
                                     .event = kept->event,
                                     .at = {},
                                     .headers = std::move(kept->headers),
                                     .body = write_json(kept->payload),
                                     .verdicts = {},
                                     .matched_against = {}},
                        .payload = std::make_shared<const Value>(std::move(kept->payload)),
                        .origin_kind = std::string(kGithub.name),
                        .origin = guid,
                        .is_matched = kept->event != kGithub.ping};
  ports_.arrivals.accept(std::move(event),
                         [this, alive = std::weak_ptr(alive_), round](const Result<log::Arrived>& arrived) {
                           if (alive.expired() || is_stopped_) return;
                           if (!arrived) return end_hook(round, arrived.error().message);
                           if (!arrived->duplicate) ++round->taken;
                           fetch_next(round);
                         });
}

/// A hook that failed is looked at again from where it was.
void CatchUp::end_hook(RoundPtr round, const std::string& problem) {
  const std::string& hook = options_.hooks[round->hook];
  if (!problem.empty()) options_.complain(hook, problem);
  if (round->taken > 0) options_.on_caught_up(hook, round->taken);
  if (problem.empty() && !round->is_cut) looked_[round->hook] = round->begun - kOverlap;
  const auto next = std::make_shared<Round>();
  next->hook = round->hook + 1;
  next->begun = ports_.clock.now();
  next_hook(next);
}

}  // namespace callboard::dispatcher
