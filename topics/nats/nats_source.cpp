#include "topics/nats/nats_source.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "shared/base/check.hpp"
#include "topics/nats/nats_answers.hpp"

namespace callboard::topics {
namespace {

using namespace std::chrono_literals;

constexpr Micros kPullExpires = 10s;
constexpr Micros kPullGrace = 2s;  // beyond that the server's word about a request is lost
constexpr Micros kHeartbeat = 1s;  // a consumer with nothing to say about a request says so (ADR-13)
constexpr Micros kSilence = 2500ms;
constexpr Micros kConsumerRetry = 100ms;

std::string pull_body(std::uint32_t batch) {
  const auto nanos = [](Micros time) { return std::to_string(std::chrono::nanoseconds(time).count()); };
  return "{\"batch\":" + std::to_string(batch) + ",\"expires\":" + nanos(kPullExpires) +
         ",\"idle_heartbeat\":" + nanos(kHeartbeat) + "}";
}

}  // namespace

NatsSource::NatsSource(NatsConnection& connection, JetStream& stream, const Clock& clock, std::string pool)
    : connection_(connection),
      stream_(stream),
      clock_(clock),
      pool_(std::move(pool)),
      pull_subject_(topics::pull_subject(pool_)) {}

NatsSource::~NatsSource() {
  connection_.unwatch(*this);
  unsubscribe();
  connection_.loop().cancel(retry_);
  connection_.loop().cancel(check_);
}

void NatsSource::start(OnJob on_job) {
  on_job_ = std::move(on_job);
  inbox_ = connection_.make_inbox();
  subscription_ =
      connection_.subscribe(inbox_ + "*", [this](const NatsMessage& message) { on_message(message); });
  advisory_ =
      connection_.subscribe(consumer_deleted_subject(pool_), [this](const NatsMessage&) { lose_consumer(); });
  connection_.watch(*this);
  if (connection_.is_connected()) on_connected();
}

void NatsSource::unsubscribe() {
  if (advisory_ != 0) connection_.unsubscribe(std::exchange(advisory_, 0));
  if (subscription_ != 0) connection_.unsubscribe(std::exchange(subscription_, 0));
}

void NatsSource::on_connected() { make_consumer(); }

void NatsSource::on_lost() {
  ready_ = false;
  give_up_all();
}

void NatsSource::make_consumer() {
  retry_ = 0;
  if (making_ || stopping_) return;
  making_ = true;
  stream_.make_consumer(pool_, [this, alive = std::weak_ptr(alive_)](Result<JetStreamAnswer> answer) {
    if (alive.expired()) return;
    making_ = false;
    if (!connection_.is_connected()) return;
    if (!answer) return retry_consumer();
    if (answer->error == kNoStream) {
      return stream_.make_stream([this, alive](const Result<JetStreamAnswer>& made) {
        if (alive.expired()) return;
        if (made && made->error == 0) return make_consumer();
        retry_consumer();
      });
    }
    // Another error: it is there with other settings, or can't be made; the first request tells.
    ready_ = true;
    ask_later();
  });
}

void NatsSource::retry_consumer() {
  if (retry_ == 0) retry_ = connection_.loop().after(kConsumerRetry, [this] { make_consumer(); });
}

void NatsSource::want(std::uint32_t slots) {
  CALLBOARD_CHECK(on_job_ != nullptr);
  if (stopping_) return;
  unasked_ += slots;
  ask_later();
}

void NatsSource::ask_later() {
  if (std::exchange(asking_, true)) return;
  connection_.loop().post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) ask();
  });
}

/// A request costs the server about as much as a job: few large ones rather than one for each slot that gets
/// free.
void NatsSource::ask() {
  asking_ = false;
  if (!ready_ || stopping_ || unasked_ == 0) return;
  const std::size_t slots = unasked_ + asked_ + held_.size();
  if (asked_ > 0 && std::size_t{unasked_} * 4 < slots) return;
  const std::uint64_t number = ++last_pull_;
  if (!connection_.publish(pull_subject_, pull_body(unasked_), inbox_ + std::to_string(number))) return;
  pulls_[number] = Pull{unasked_, clock_.steady() + kPullExpires + kPullGrace};
  asked_ += std::exchange(unasked_, 0);
  if (check_ != 0) return;
  heard_ = clock_.steady();
  check_ = connection_.loop().after(kHeartbeat, [this] { check_pulls(); });
}

void NatsSource::on_message(const NatsMessage& message) {
  heard_ = clock_.steady();
  if (message.status != 0 && message.reply.empty()) return on_status(message);
  on_job(message);
}

void NatsSource::on_status(const NatsMessage& message) {
  if (message.status == 100) return;
  const auto pull = pulls_.extract(last_token(message.subject));
  if (message.status == 408 || message.status == 404) {
    std::uint32_t owed = pull.empty() ? 0 : pull.mapped().batch;
    std::from_chars(message.pending.data(), message.pending.data() + message.pending.size(), owed);
    give_up(owed);
    return ask_later();
  }
  // 503: no consumer. 409: it was deleted, or the server leaves or is too busy.
  lose_consumer();
}

void NatsSource::give_up(std::uint32_t count) {
  count = std::min(count, asked_);
  asked_ -= count;
  unasked_ += count;
  if (asked_ == 0) pulls_.clear();
}

void NatsSource::give_up_all() {
  give_up(asked_);
  pulls_.clear();
}

/// Requests that are over without a word were served in full, or are lost: what those still open can't owe is
/// lost. A consumer that is gone, with its stream perhaps, does not answer at all, and no error comes either.
void NatsSource::check_pulls() {
  check_ = 0;
  const Steady now = clock_.steady();
  if (now - heard_ > kSilence) {
    lose_consumer();
    return;
  }
  std::erase_if(pulls_, [now](const auto& pull) { return pull.second.over <= now; });
  std::uint64_t owed = 0;
  for (const auto& [number, pull] : pulls_) owed += pull.batch;
  if (asked_ > owed) give_up(asked_ - static_cast<std::uint32_t>(owed));
  ask_later();
  if (!pulls_.empty()) check_ = connection_.loop().after(kHeartbeat, [this] { check_pulls(); });
}

void NatsSource::lose_consumer() {
  give_up_all();
  ready_ = false;
  retry_consumer();
}

bool NatsSource::take_slot() {
  if (stopping_ || (asked_ == 0 && unasked_ == 0)) return false;
  --(asked_ > 0 ? asked_ : unasked_);
  if (asked_ == 0) pulls_.clear();
  return true;
}

void NatsSource::on_job(const NatsMessage& message) {
  const auto delivered = read_ack_subject(message.reply);
  if (!delivered) return;
  std::string reply(message.reply);
  if (!take_slot()) {
    connection_.publish(reply, "-NAK");
    return;
  }
  const std::size_t id_end = message.data.find('\n');
  JobDelivery job;
  job.handle = ++last_handle_;
  if (id_end != std::string_view::npos) job.id = message.data.substr(0, id_end);
  job.bytes = message.data.substr(id_end == std::string_view::npos ? 0 : id_end + 1);
  job.deliveries = delivered->deliveries;
  job.age = age_of(delivered->stored);
  held_.emplace(job.handle, std::move(reply));
  on_job_(std::move(job));
}

/// A job can't be younger than nothing: one that seems so tells how far the clocks are apart.
Micros NatsSource::age_of(Time stored) {
  const Micros age = clock_.now() - stored;
  clock_behind_ = std::max(clock_behind_, -age);
  return age + clock_behind_;
}

void NatsSource::ack(std::uint64_t handle) {
  const auto node = held_.extract(handle);
  if (!node.empty()) connection_.publish(node.mapped(), {});
}

void NatsSource::hand_back(std::uint64_t handle, Micros delay) {
  const auto node = held_.extract(handle);
  if (node.empty()) return;
  const auto nanos = std::chrono::nanoseconds(delay).count();
  connection_.publish(node.mapped(), nanos > 0 ? "-NAK {\"delay\":" + std::to_string(nanos) + "}" : "-NAK");
}

void NatsSource::renew(const std::vector<std::uint64_t>& handles) {
  for (const std::uint64_t handle : handles) {
    const auto found = held_.find(handle);
    if (found != held_.end()) connection_.publish(found->second, "+WPI");
  }
}

/// Jobs that have arrived by the end of this turn go back at once. The server forgets what it owes when
/// nobody listens any more; what it sends until then comes again after the ack wait.
void NatsSource::stop(Task stopped) {
  stopping_ = true;
  unasked_ = 0;
  connection_.loop().post([this, alive = std::weak_ptr(alive_), done = std::move(stopped)]() mutable {
    if (alive.expired()) return;
    unsubscribe();
    connection_.flush(std::move(done));
  });
}

}  // namespace callboard::topics
