#include "topics/nats/nats_jobs.hpp"

#include <algorithm>
#include <chrono>

#include "shared/base/hash.hpp"
#include "shared/base/limits.hpp"
#include "topics/nats/nats_answers.hpp"

namespace callboard::topics {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kUnanswered = 20'000;
constexpr std::size_t kHeldMessages = 1'024;
constexpr std::size_t kHeldBytes = 8 * limits::kMiB;
constexpr Micros kSweep = 500ms;
constexpr Micros kStreamRetry = 250ms;
constexpr Micros kBrokenFor = 1s;    // before a stream that has lost its files is removed
constexpr Micros kRemakeAfter = 1s;  // the server is to be done with removing it

std::uint64_t identity_of(std::string_view created) {
  return std::max<std::uint64_t>(1, stable_hash(created));
}

}  // namespace

NatsJobs::NatsJobs(NatsConnection& connection, JetStream& stream, const Clock& clock)
    : connection_(connection),
      stream_(stream),
      clock_(clock),
      inbox_(connection.make_inbox()),
      subscription_(
          connection.subscribe(inbox_ + "*", [this](const NatsMessage& message) { on_answer(message); })) {
  connection_.watch(*this);
}

NatsJobs::~NatsJobs() {
  connection_.unwatch(*this);
  connection_.unsubscribe(subscription_);
  connection_.loop().cancel(timeouts_);
  connection_.loop().cancel(retry_);
}

void NatsJobs::publish(std::string_view pool, std::string_view id, std::string bytes, Published done) {
  const std::uint64_t number = ++last_number_;
  const bool is_too_large = bytes.size() > limits::kJobBytes;
  const bool is_full =
      publications_.size() >= kUnanswered || held_.size() >= kHeldMessages || held_bytes_ >= kHeldBytes;
  std::string message;
  if (!is_too_large && !is_full) {
    message.reserve(id.size() + 1 + bytes.size());
    message.append(id).append("\n").append(bytes);
  }
  auto& publication = publications_[number];
  publication.done = std::move(done);
  if (is_too_large || is_full) {
    if (is_too_large)
      return fail_later(number, ErrorCode::too_large, "the job is larger than a message may be");
    return fail_later(number, ErrorCode::unavailable, "too many jobs wait for NATS");
  }
  publication.subject = job_subject(pool);
  publication.message = std::move(message);
  deadlines_.emplace_back(clock_.steady() + kPublishTimeout, number);
  arm_timeouts();
  if (identity_ != 0) return send(number, publication);
  held_.push_back(number);
  held_bytes_ += publication.message.size();
}

void NatsJobs::send(std::uint64_t number, Publication& publication) {
  const std::string reply = inbox_ + std::to_string(number);
  publication.sent = connection_.publish(publication.subject, publication.message, reply);
  publication.message = std::string();
  if (publication.sent) return;
  fail_later(number, ErrorCode::unavailable, "NATS is away or too slow");
}

void NatsJobs::on_answer(const NatsMessage& message) {
  if (message.status == 503) return on_stream_missing();
  const std::uint64_t number = last_token(message.subject);
  const auto sequence = read_stored_sequence(message.data);
  if (sequence) return on_stored(number, *sequence);
  finish(number, fail(ErrorCode::unavailable, "NATS refused the job: " + std::string(message.data)));
  if (is_store_broken(message.data)) on_broken_store();
}

/// The jobs in it are lost, and are published again from the log once the stream is another one.
void NatsJobs::on_broken_store() {
  const Steady now = clock_.steady();
  if (broken_since_ == Steady()) broken_since_ = now;
  if (removing_ || now - broken_since_ < kBrokenFor) return;
  removing_ = true;
  identity_ = 0;
  stream_.delete_stream([this](const Result<JetStreamAnswer>&) {
    connection_.loop().cancel(retry_);
    retry_ = connection_.loop().after(kRemakeAfter, [this] {
      removing_ = false;
      broken_since_ = {};
      on_stream_missing();
    });
  });
}

/// Numbers of one stream only grow: a smaller one comes from a stream made anew, or gone back to an old copy.
void NatsJobs::on_stored(std::uint64_t number, std::uint64_t sequence) {
  if (sequence <= last_sequence_) {
    identity_ = 0;
    find_identity();
  }
  last_sequence_ = sequence;
  broken_since_ = {};
  if (identity_ != 0) return finish(number, Receipt{identity_, sequence});
  const auto found = publications_.find(number);
  if (found != publications_.end()) found->second.sequence = sequence;
}

/// Which publication found no stream is not told. Whoever published learns that it is not known to be stored.
void NatsJobs::on_stream_missing() {
  identity_ = 0;
  last_sequence_ = 0;
  fail_sent(ErrorCode::unavailable, "the stream of jobs was missing");
  find_identity();
}

void NatsJobs::finish(std::uint64_t number, Result<Receipt> receipt) {
  auto node = publications_.extract(number);
  if (!node.empty()) node.mapped().done(std::move(receipt));
}

void NatsJobs::fail_later(std::uint64_t number, ErrorCode code, std::string message) {
  connection_.loop().post(
      [this, number, error = Error{code, std::move(message)}, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) finish(number, std::unexpected(error));
      });
}

void NatsJobs::fail_sent(ErrorCode code, const std::string& message) {
  std::vector<std::uint64_t> sent;
  for (const auto& [number, publication] : publications_) {
    if (publication.sent && publication.sequence == 0) sent.push_back(number);
  }
  std::ranges::sort(sent);
  for (const std::uint64_t number : sent) finish(number, fail(code, message));
}

void NatsJobs::on_connected() {
  last_sequence_ = 0;
  find_identity();
}

void NatsJobs::on_lost() {
  identity_ = 0;
  fail_sent(ErrorCode::unavailable, "the connection to NATS was lost");
}

/// Makes the stream where it is missing, and learns which one it is.
void NatsJobs::find_identity() {
  if (finding_ || removing_) return;
  finding_ = true;
  stream_.make_stream([this](Result<JetStreamAnswer> answer) {
    finding_ = false;
    if (!connection_.is_connected() || identity_ != 0) return;
    if (answer && answer->error == 0 && !answer->created.empty())
      return on_identity(identity_of(answer->created));
    connection_.loop().cancel(retry_);
    retry_ = connection_.loop().after(kStreamRetry, [this] { find_identity(); });
  });
}

void NatsJobs::on_identity(std::uint64_t identity) {
  identity_ = identity;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> stored;
  for (const auto& [number, publication] : publications_) {
    if (publication.sequence != 0) stored.emplace_back(number, publication.sequence);
  }
  std::ranges::sort(stored);
  for (const auto& [number, sequence] : stored) finish(number, Receipt{identity, sequence});
  for (const std::uint64_t number : std::exchange(held_, {})) {
    const auto found = publications_.find(number);
    if (found != publications_.end()) send(number, found->second);
  }
  held_bytes_ = 0;
}

void NatsJobs::arm_timeouts() {
  if (timeouts_ == 0) timeouts_ = connection_.loop().after(kSweep, [this] { time_out(); });
}

void NatsJobs::time_out() {
  timeouts_ = 0;
  const Steady now = clock_.steady();
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    const std::uint64_t number = deadlines_.front().second;
    deadlines_.pop_front();
    const auto found = publications_.find(number);
    if (found == publications_.end()) continue;
    const bool was_sent = found->second.sent;
    if (!was_sent && std::erase(held_, number) > 0) held_bytes_ -= found->second.message.size();
    finish(number, was_sent ? fail(ErrorCode::timeout, "NATS has not answered")
                            : fail(ErrorCode::unavailable, "NATS is away"));
  }
  if (!deadlines_.empty()) arm_timeouts();
}

void NatsJobs::probe(const Receipt& receipt, std::string_view id, Probed done) {
  probes_.push_back({receipt, std::string(id), std::move(done)});
  ask_probes();
}

/// One question about the stream for all probes that wait: it has to be asked after they were.
void NatsJobs::ask_probes() {
  if (probing_ || probes_.empty()) return;
  probing_ = true;
  stream_.find_stream([this, probes = std::exchange(probes_, {})](Result<JetStreamAnswer> answer) mutable {
    probing_ = false;
    ask_probes();
    for (Probe& probe : probes) {
      if (!answer) {
        probe.done(std::unexpected(answer.error()));
      } else if (answer->error == kNoStream) {
        probe.done(false);
      } else if (answer->error != 0 || answer->created.empty()) {
        probe.done(fail(ErrorCode::unavailable, "NATS does not tell its stream: " + answer->description));
      } else {
        answer_probe(std::move(probe), identity_of(answer->created));
      }
    }
  });
}

void NatsJobs::answer_probe(Probe probe, std::uint64_t identity) {
  if (probe.receipt.sequence == 0)
    return probe.done(fail(ErrorCode::invalid, "the job's place is not known"));
  if (identity != probe.receipt.stream) return probe.done(false);
  const std::uint64_t sequence = probe.receipt.sequence;
  stream_.find_message(sequence, [probe = std::move(probe)](Result<JetStreamAnswer> answer) mutable {
    if (!answer) return probe.done(std::unexpected(answer.error()));
    if (answer->error == kNoMessage || answer->error == kNoStream) return probe.done(false);
    if (answer->error != 0) return probe.done(fail(ErrorCode::unavailable, answer->description));
    const std::string expected = probe.id + "\n";
    probe.done(base64_begin(answer->data, expected.size()) == expected);
  });
}

}  // namespace callboard::topics
