#include "topics/memory/memory_end.hpp"

#include <utility>

#include "shared/base/check.hpp"
#include "shared/base/limits.hpp"

namespace callboard::topics {
namespace {

std::string notice_subject(Partition partition) { return "notice." + std::to_string(partition); }

std::string audience_subject(Notices::Audience audience) {
  return audience == Notices::Audience::workers ? "workers" : "dispatchers";
}

}  // namespace

MemoryEnd::MemoryEnd(MemoryBroker& broker, Loop& loop)
    : broker_(broker), loop_(loop), listener_(std::make_shared<MemoryListener>()) {
  listener_->listens = [this](std::string_view subject) { return subjects_.contains(subject); };
  listener_->deliver = [this](const std::string& subject, std::string_view bytes) {
    run_here([this, subject, copy = std::string(bytes)] { hear(subject, copy); });
  };
  broker_.listen(listener_);
}

MemoryEnd::~MemoryEnd() {
  listener_->gone = true;
  for (const auto& [number, question] : questions_) loop_.cancel(question.timer);
}

void MemoryEnd::run_here(Task task) {
  loop_.post([run = std::move(task), alive = std::weak_ptr(alive_)]() mutable {
    if (!alive.expired()) run();
  });
}

std::unique_ptr<JobSource> MemoryEnd::make_source(std::string pool) {
  return std::make_unique<MemorySource>(broker_, loop_, std::move(pool));
}

void MemoryEnd::close(Task closed) {
  listener_->gone = true;
  for (const auto& [number, question] : std::exchange(questions_, {})) loop_.cancel(question.timer);
  run_here(std::move(closed));
}

void MemoryEnd::publish(std::string_view pool, std::string_view id, std::string bytes, Published done) {
  Question question{.published = std::move(done), .probed = {}};
  if (bytes.size() > limits::kJobBytes) {
    return fail_later(std::move(question), ErrorCode::too_large, "the job is larger than a message may be");
  }
  if (!broker_.is_available())
    return fail_later(std::move(question), ErrorCode::unavailable, "the bus is away");
  const std::uint64_t number = ask(std::move(question));
  MemoryStream::Job job;
  job.pool = pool;
  job.id = id;
  job.bytes = std::move(bytes);
  broker_.publish(std::move(job), [this, number, alive = std::weak_ptr(alive_)](Receipt receipt) {
    if (alive.expired()) return;
    broker_.carry(Message::receipt, [this, number, receipt, alive] {
      if (!alive.expired()) run_here([this, number, receipt] { answer(number, receipt, true); });
    });
  });
}

void MemoryEnd::probe(const Receipt& receipt, std::string_view id, Probed done) {
  Question question{.published = {}, .probed = std::move(done)};
  if (!broker_.is_available())
    return fail_later(std::move(question), ErrorCode::unavailable, "the bus is away");
  const std::uint64_t number = ask(std::move(question));
  broker_.carry(
      Message::receipt, [this, number, receipt, id = std::string(id), alive = std::weak_ptr(alive_)] {
        if (alive.expired() || !broker_.is_available()) return;
        const MemoryStream& stream = broker_.stream();
        const bool is_held = stream.number() == receipt.stream && stream.holds(receipt.sequence, id);
        run_here([this, number, receipt, is_held] { answer(number, receipt, is_held); });
      });
}

std::uint64_t MemoryEnd::ask(Question question) {
  const std::uint64_t number = ++last_question_;
  question.timer = loop_.after(kPublishTimeout, [this, number] {
    answer(number, fail(ErrorCode::timeout, "the bus has not answered"), false);
  });
  questions_.emplace(number, std::move(question));
  return number;
}

void MemoryEnd::answer(std::uint64_t number, Result<Receipt> receipt, bool is_held) {
  auto node = questions_.extract(number);
  if (node.empty()) return;
  Question& question = node.mapped();
  loop_.cancel(question.timer);
  if (question.published) return question.published(std::move(receipt));
  question.probed(receipt ? Result<bool>(is_held) : std::unexpected(receipt.error()));
}

void MemoryEnd::fail_later(Question question, ErrorCode code, std::string message) {
  const std::uint64_t number = ++last_question_;
  questions_.emplace(number, std::move(question));
  run_here([this, number, code, text = std::move(message)] { answer(number, fail(code, text), false); });
}

void MemoryEnd::notify(Partition partition, std::string bytes) {
  broker_.send(notice_subject(partition), std::move(bytes));
}
void MemoryEnd::subscribe(Partition partition) { subjects_.insert(notice_subject(partition)); }
void MemoryEnd::unsubscribe(Partition partition) { subjects_.erase(notice_subject(partition)); }
void MemoryEnd::on_notice(OnNotice handler) { on_notice_ = std::move(handler); }

void MemoryEnd::broadcast(Audience audience, std::string bytes) {
  broker_.send(audience_subject(audience), std::move(bytes));
}

void MemoryEnd::listen(Audience audience, OnNotice handler) {
  on_broadcast_[std::to_underlying(audience)].push_back(std::move(handler));
  subjects_.insert(audience_subject(audience));
}

void MemoryEnd::hear(const std::string& subject, std::string_view bytes) {
  if (!subjects_.contains(subject)) return;
  for (const Audience audience : {Audience::workers, Audience::dispatchers}) {
    if (subject != audience_subject(audience)) continue;
    for (OnNotice& hear : on_broadcast_[std::to_underlying(audience)]) hear(bytes);
    return;
  }
  on_notice_(bytes);
}

MemorySource::MemorySource(MemoryBroker& broker, Loop& loop, std::string pool)
    : broker_(broker), loop_(loop), consumer_(std::make_shared<MemoryConsumer>()) {
  consumer_->pool = std::move(pool);
}

MemorySource::~MemorySource() { consumer_->gone = true; }

void MemorySource::start(OnJob on_job) {
  on_job_ = std::move(on_job);
  consumer_->deliver = [this](JobDelivery delivery, MemoryBroker::Place place) {
    ++arriving_;
    loop_.post([this, consumer = consumer_, delivery = std::move(delivery), place]() mutable {
      if (!consumer->gone) arrive(std::move(delivery), place);
    });
  };
  broker_.consume(consumer_);
}

void MemorySource::arrive(JobDelivery delivery, MemoryBroker::Place place) {
  --arriving_;
  if (stopping_) {
    broker_.keep_away({place}, Micros(0));
    return settle_stop();
  }
  held_.emplace(delivery.handle, place);
  on_job_(std::move(delivery));
}

void MemorySource::want(std::uint32_t slots) {
  CALLBOARD_CHECK(on_job_ != nullptr);
  if (stopping_) return;
  consumer_->wanted += slots;
  broker_.serve();
}

void MemorySource::ack(std::uint64_t handle) {
  const auto node = held_.extract(handle);
  if (!node.empty()) broker_.acknowledge(node.mapped());
}

void MemorySource::hand_back(std::uint64_t handle, Micros delay) {
  const auto node = held_.extract(handle);
  if (!node.empty()) broker_.keep_away({node.mapped()}, delay);
}

void MemorySource::renew(const std::vector<std::uint64_t>& handles) {
  std::vector<MemoryBroker::Place> places;
  for (const std::uint64_t handle : handles) {
    const auto found = held_.find(handle);
    if (found != held_.end()) places.push_back(found->second);
  }
  if (!places.empty()) broker_.keep_away(std::move(places), limits::kAckWait);
}

void MemorySource::stop(Task stopped) {
  stopping_ = true;
  consumer_->wanted = 0;
  stopped_ = std::move(stopped);
  loop_.post([this, consumer = consumer_] {
    if (!consumer->gone) settle_stop();
  });
}

/// What the broker has sent and what waits on this loop both count as on their way.
void MemorySource::settle_stop() {
  if (stopped_ && arriving_ == 0 && consumer_->on_way == 0) std::exchange(stopped_, nullptr)();
}

}  // namespace callboard::topics
