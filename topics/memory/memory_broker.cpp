#include "topics/memory/memory_broker.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::topics {

MemoryBroker::MemoryBroker(Loop& loop, const Clock& clock, MessageFaults* faults)
    : loop_(loop), clock_(clock), faults_(faults) {}

MemoryBroker::~MemoryBroker() { loop_.cancel(timer_); }

std::vector<Micros> MemoryBroker::copies_of(Message message) {
  return faults_ ? faults_->carry(message) : std::vector<Micros>{Micros(0)};
}

void MemoryBroker::run_after(Micros delay, Task task) {
  Task guarded = [run = std::move(task), alive = std::weak_ptr(alive_)]() mutable {
    if (!alive.expired()) run();
  };
  if (delay.count() == 0) {
    loop_.post(std::move(guarded));
  } else {
    loop_.after(delay, std::move(guarded));
  }
}

void MemoryBroker::carry(Message message, std::function<void()> arrive) {
  for (const Micros delay : copies_of(message)) run_after(delay, arrive);
}

void MemoryBroker::set_available(bool available) {
  available_ = available;
  serve();
}

void MemoryBroker::replace(MemoryStream stream) {
  stream_ = std::move(stream);
  serve();
}

void MemoryBroker::publish(MemoryStream::Job job, std::function<void(Receipt)> stored) {
  carry(Message::publication, [this, job = std::move(job), stored = std::move(stored)] {
    if (!available_) return;
    MemoryStream::Job copy = job;
    copy.published_at = clock_.now();
    if (faults_ != nullptr && faults_->garbles(copy.id)) copy.bytes = "{";
    stored(Receipt{stream_.number(), stream_.add(std::move(copy))});
    serve();
  });
}

void MemoryBroker::consume(const std::shared_ptr<MemoryConsumer>& consumer) {
  consumers_[consumer->pool].push_back(consumer);
}

void MemoryBroker::serve() {
  if (available_) {
    stream_.wake(clock_.steady());
    for (auto& [pool, consumers] : consumers_) {
      std::erase_if(consumers, [](const auto& consumer) { return consumer->gone; });
      while (serve_one(pool)) {
      }
    }
  }
  arm();
}

/// The first that wants one gets the first that waits, and goes behind the others.
bool MemoryBroker::serve_one(const std::string& pool) {
  auto& consumers = consumers_[pool];
  const auto found =
      std::ranges::find_if(consumers, [](const auto& consumer) { return consumer->wanted > 0; });
  if (found == consumers.end()) return false;
  const auto sequence = stream_.take(pool, clock_.steady() + limits::kAckWait);
  if (!sequence) return false;
  deliver(*found, *sequence);
  std::rotate(found, found + 1, consumers.end());
  return true;
}

/// Lost or not, the job is with this worker until the ack wait is over. A lost one stays wanted; a doubled
/// one arrives once and comes again, early, for the next who wants it.
void MemoryBroker::deliver(const std::shared_ptr<MemoryConsumer>& consumer, std::uint64_t sequence) {
  const MemoryStream::Job& job = stream_.job(sequence);
  JobDelivery delivery{++last_handle_, job.bytes, job.deliveries,
                       std::max(Micros(0), clock_.now() - job.published_at), job.id};
  const auto copies = copies_of(Message::delivery);
  if (copies.empty()) return;
  if (copies.size() > 1) stream_.keep_away(sequence, clock_.steady() + copies.back());
  --consumer->wanted;
  ++consumer->on_way;
  run_after(copies.front(),
            [consumer, delivery = std::move(delivery), place = Place{stream_.number(), sequence}]() mutable {
              --consumer->on_way;
              if (!consumer->gone) consumer->deliver(std::move(delivery), place);
            });
}

void MemoryBroker::acknowledge(Place place) {
  carry(Message::answer, [this, place] {
    if (available_ && place.stream == stream_.number()) stream_.acknowledge(place.sequence);
  });
}

void MemoryBroker::keep_away(std::vector<Place> places, Micros delay) {
  carry(Message::answer, [this, places = std::move(places), delay] {
    if (!available_) return;
    for (const Place& place : places) {
      if (place.stream == stream_.number()) stream_.keep_away(place.sequence, clock_.steady() + delay);
    }
    serve();
  });
}

void MemoryBroker::arm() {
  const auto due = stream_.next_due();
  if (!due || !available_ || (timer_ != 0 && armed_for_ <= *due)) return;
  loop_.cancel(timer_);
  armed_for_ = *due;
  timer_ = loop_.after(std::max(Micros(0), *due - clock_.steady()), [this] {
    timer_ = 0;
    serve();
  });
}

void MemoryBroker::listen(const std::shared_ptr<MemoryListener>& listener) { listeners_.push_back(listener); }

void MemoryBroker::send(const std::string& subject, std::string bytes) {
  if (!available_) return;
  std::erase_if(listeners_, [](const auto& listener) { return listener->gone; });
  const auto shared = std::make_shared<const std::string>(std::move(bytes));
  for (const auto& listener : listeners_) {
    if (!listener->listens(subject)) continue;
    carry(Message::notice, [this, listener, subject, shared] {
      if (available_ && !listener->gone) listener->deliver(subject, *shared);
    });
  }
}

}  // namespace callboard::topics
