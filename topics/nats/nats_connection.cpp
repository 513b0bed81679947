#include "topics/nats/nats_connection.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "shared/runtime/asio_loop.hpp"

namespace callboard::topics {
namespace {

using namespace std::chrono_literals;

constexpr Micros kBeat = 2s;
constexpr int kSilentBeats = 3;  // then a connection that says nothing is given up
constexpr Micros kFirstRetry = 50ms;
constexpr Micros kLongestRetry = 1s;

std::string make_process_inbox() {
  natsInbox* inbox = nullptr;
  std::string out = "_INBOX.";
  if (natsInbox_Create(&inbox) == NATS_OK) out = inbox;
  natsInbox_Destroy(inbox);
  return out;
}

Micros retry_delay(int failures) {
  return std::min(kLongestRetry, kFirstRetry * (1 << std::min(failures, 10)));
}

}  // namespace

NatsConnection::NatsConnection(runtime::AsioLoop& loop, NatsOptions options)
    : loop_(loop), options_(std::move(options)), inbox_(make_process_inbox()) {
  echo_ = make_inbox();
  subscribe(echo_ + "*", [this](const NatsMessage& message) { on_flushed(last_token(message.subject)); });
  try_to_connect();
}

NatsConnection::~NatsConnection() { close(); }

Loop& NatsConnection::loop() { return loop_; }

std::string NatsConnection::make_inbox() { return inbox_ + "." + std::to_string(++last_inbox_) + "."; }

/// An attempt blocks, so it has a thread of its own; there is one at a time.
void NatsConnection::try_to_connect() {
  retry_ = 0;
  attempt_ = std::jthread([this, alive = std::weak_ptr(alive_), options = options_, &loop = loop_] {
    loop.post([this, alive, opened = open_link(options)]() mutable {
      if (!alive.expired()) adopt(std::move(opened));
    });
  });
}

void NatsConnection::adopt(Result<OpenedLink> opened) {
  attempt_.join();
  if (closed_) return;
  if (!opened) {
    retry_ = loop_.after(retry_delay(failures_++), [this] { try_to_connect(); });
    return;
  }
  failures_ = 0;
  silent_beats_ = 0;
  link_ = std::make_unique<NatsLink>(
      loop_.context(), std::move(*opened),
      NatsLink::Owner{.lost = [this] { on_lost(); }, .heard = [this] { silent_beats_ = 0; }});
  for (const auto& [id, subscription] : subscriptions_)
    link_->subscribe(id, subscription.subject, subscription.handler);
  arm_heartbeat();
  tell(&Watcher::on_connected);
}

void NatsConnection::on_lost() {
  if (!link_) return;
  link_.reset();
  loop_.cancel(std::exchange(heartbeat_, 0));
  for (auto& [number, flushed] : std::exchange(flushes_, {})) flushed();
  tell(&Watcher::on_lost);
  if (!closed_ && retry_ == 0) retry_ = loop_.after(kFirstRetry, [this] { try_to_connect(); });
}

void NatsConnection::tell(void (Watcher::*what)()) {
  const auto watchers = watchers_;
  for (Watcher* watcher : watchers) {
    if (std::ranges::find(watchers_, watcher) != watchers_.end()) (watcher->*what)();
  }
}

/// A half-open connection says nothing for ever: what is published to the own inbox has to come back.
void NatsConnection::arm_heartbeat() {
  heartbeat_ = loop_.after(kBeat, [this] {
    heartbeat_ = 0;
    if (silent_beats_++ >= kSilentBeats) return on_lost();
    publish(echo_ + "0", {});
    arm_heartbeat();
  });
}

bool NatsConnection::publish(const std::string& subject, std::string_view bytes, const std::string& reply) {
  return link_ && link_->publish(subject, bytes, reply);
}

std::uint64_t NatsConnection::subscribe(std::string subject, OnNatsMessage handler) {
  const std::uint64_t id = ++last_id_;
  if (link_) link_->subscribe(id, subject, handler);
  subscriptions_.emplace(id, Subscription{std::move(subject), std::move(handler)});
  return id;
}

void NatsConnection::unsubscribe(std::uint64_t id) {
  subscriptions_.erase(id);
  if (link_) link_->unsubscribe(id);
}

void NatsConnection::watch(Watcher& watcher) { watchers_.push_back(&watcher); }
void NatsConnection::unwatch(Watcher& watcher) { std::erase(watchers_, &watcher); }

void NatsConnection::flush(Task flushed) {
  const std::uint64_t number = ++last_flush_;
  flushes_.emplace(number, std::move(flushed));
  if (publish(echo_ + std::to_string(number), {})) return;
  loop_.post([this, number, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) on_flushed(number);
  });
}

void NatsConnection::on_flushed(std::uint64_t number) {
  auto node = flushes_.extract(number);
  if (!node.empty()) node.mapped()();
}

void NatsConnection::close() {
  closed_ = true;
  loop_.cancel(std::exchange(heartbeat_, 0));
  loop_.cancel(std::exchange(retry_, 0));
  link_.reset();
}

}  // namespace callboard::topics
