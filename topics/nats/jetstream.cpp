#include "topics/nats/jetstream.hpp"

#include <chrono>
#include <utility>

#include "shared/base/limits.hpp"
#include "topics/message_text.hpp"

namespace callboard::topics {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kStream = "CALLBOARD_JOBS";
constexpr std::string_view kJobs = "callboard.job.";
constexpr Micros kAnswerTimeout = 3s;
constexpr std::int64_t kJobsMost = 2'000'000;
constexpr int kPendingMost = 1'000'000;  // jobs of one pool that are with workers
constexpr int kPullsMost = 8'192;        // requests of one pool that wait

std::string on_stream(std::string_view what) { return std::string(what).append(kStream); }

/// A work queue: a job is gone once it is acknowledged. When it is full, new jobs are refused.
std::string stream_config() {
  MessageText out(256);
  out.open('{');
  out.name("name");
  out.text(kStream);
  out.name("subjects");
  out.open('[');
  out.text(std::string(kJobs) + ">");
  out.close(']');
  out.name("retention");
  out.text("workqueue");
  out.name("storage");
  out.text("file");
  out.name("discard");
  out.text("new");
  out.name("max_msgs");
  out.number(kJobsMost);
  out.name("max_bytes");
  out.number(-1);
  out.name("max_age");
  out.number(0);
  out.name("max_consumers");
  out.number(-1);
  out.name("num_replicas");
  out.number(1);
  out.close('}');
  return out.take();
}

std::string consumer_config(std::string_view pool) {
  MessageText out(512);
  out.open('{');
  out.name("stream_name");
  out.text(kStream);
  out.name("config");
  out.open('{');
  out.name("durable_name");
  out.text(pool_token(pool));
  out.name("filter_subject");
  out.text(job_subject(pool));
  out.name("deliver_policy");
  out.text("all");
  out.name("ack_policy");
  out.text("explicit");
  out.name("ack_wait");
  out.number(std::chrono::nanoseconds(limits::kAckWait).count());
  out.name("max_deliver");
  out.number(-1);
  out.name("max_ack_pending");
  out.number(kPendingMost);
  out.name("max_waiting");
  out.number(kPullsMost);
  out.name("replay_policy");
  out.text("instant");
  out.close('}');
  out.close('}');
  return out.take();
}

}  // namespace

std::string pool_token(std::string_view pool) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : pool) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (plain) {
      out += c;
    } else {
      out += '_';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

std::string job_subject(std::string_view pool) { return std::string(kJobs) + pool_token(pool); }

std::string pull_subject(std::string_view pool) {
  return on_stream("$JS.API.CONSUMER.MSG.NEXT.").append(".").append(pool_token(pool));
}

std::string consumer_deleted_subject(std::string_view pool) {
  return on_stream("$JS.EVENT.ADVISORY.CONSUMER.DELETED.").append(".").append(pool_token(pool));
}

JetStream::JetStream(NatsConnection& connection) : connection_(connection), inbox_(connection.make_inbox()) {
  subscription_ =
      connection_.subscribe(inbox_ + "*", [this](const NatsMessage& message) { on_answer(message); });
  connection_.watch(*this);
}

JetStream::~JetStream() {
  connection_.unwatch(*this);
  connection_.unsubscribe(subscription_);
  for (const auto& [number, question] : questions_) connection_.loop().cancel(question.timer);
}

void JetStream::ask(const std::string& name, std::string_view body, Answered answered) {
  const std::uint64_t number = ++last_;
  const std::string reply = inbox_ + std::to_string(number);
  const bool sent = connection_.publish("$JS.API." + name, body, reply);
  const auto timer = connection_.loop().after(sent ? kAnswerTimeout : Micros(0), [this, number, sent] {
    finish(number, sent ? fail(ErrorCode::timeout, "JetStream has not answered")
                        : fail(ErrorCode::unavailable, "NATS is away"));
  });
  questions_.emplace(number, Question{std::move(answered), timer});
}

void JetStream::make_stream(Answered answered) {
  const std::string name = on_stream("STREAM.CREATE.");
  ask(name, stream_config(), [this, answered = std::move(answered)](Result<JetStreamAnswer> answer) mutable {
    const bool is_there = !answer || (answer->error == 0 && !answer->created.empty());
    if (is_there) return answered(std::move(answer));
    find_stream(std::move(answered));  // made by somebody else, perhaps with other settings
  });
}

void JetStream::make_consumer(std::string_view pool, Answered answered) {
  const std::string name = on_stream("CONSUMER.DURABLE.CREATE.").append(".").append(pool_token(pool));
  ask(name, consumer_config(pool), std::move(answered));
}

void JetStream::delete_stream(Answered answered) {
  ask(on_stream("STREAM.DELETE."), "", std::move(answered));
}

void JetStream::find_stream(Answered answered) { ask(on_stream("STREAM.INFO."), {}, std::move(answered)); }

void JetStream::find_message(std::uint64_t sequence, Answered answered) {
  ask(on_stream("STREAM.MSG.GET."), "{\"seq\":" + std::to_string(sequence) + "}", std::move(answered));
}

void JetStream::on_answer(const NatsMessage& message) {
  if (message.status == 503) return fail_all();
  finish(last_token(message.subject), read_jetstream_answer(message.data));
}

/// Nobody serves the API just now. Which question it was about is not told, and it holds for all of them.
void JetStream::fail_all() {
  for (auto& [number, question] : std::exchange(questions_, {})) {
    connection_.loop().cancel(question.timer);
    question.answered(fail(ErrorCode::unavailable, "JetStream is not there"));
  }
}

void JetStream::finish(std::uint64_t number, Result<JetStreamAnswer> answer) {
  auto node = questions_.extract(number);
  if (node.empty()) return;
  connection_.loop().cancel(node.mapped().timer);
  node.mapped().answered(std::move(answer));
}

}  // namespace callboard::topics
