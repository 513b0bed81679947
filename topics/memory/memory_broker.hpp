#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/ports.hpp"
#include "topics/bus.hpp"
#include "topics/memory/memory_stream.hpp"
#include "topics/memory/message_faults.hpp"

namespace callboard::topics {

/// What the broker knows of a worker that takes jobs of one pool. Shared: the broker, the worker's end and
/// tasks on their way hold it; it is `gone` once the end is.
struct MemoryConsumer {
  std::string pool;
  std::uint32_t wanted = 0;
  std::uint32_t on_way = 0;  // sent to it and not yet arrived
  bool gone = false;
  /// Called on the broker's side with a job and its place.
  struct Place {
    std::uint64_t stream = 0;
    std::uint64_t sequence = 0;
  };
  std::function<void(JobDelivery, Place)> deliver;
};

/// What the broker knows of a process that listens to notices.
struct MemoryListener {
  bool gone = false;
  std::function<bool(std::string_view subject)> listens;
  std::function<void(const std::string& subject, std::string_view bytes)> deliver;
};

/// The one broker behind all ends. Carries each message as the faults decide.
class MemoryBroker {
 public:
  MemoryBroker(Loop& loop, const Clock& clock, MessageFaults* faults);
  ~MemoryBroker();

  bool is_available() const { return available_; }
  void set_available(bool available);
  MemoryStream& stream() { return stream_; }
  const MemoryStream& stream() const { return stream_; }
  /// Purged, made anew or gone back: from now on this one counts.
  void replace(MemoryStream stream);
  std::uint64_t next_stream_number() { return ++last_stream_; }

  /// `stored` is called once for each copy that arrives, with its place.
  void publish(MemoryStream::Job job, std::function<void(Receipt)> stored);
  void consume(const std::shared_ptr<MemoryConsumer>& consumer);
  /// After `wanted` of a consumer has grown.
  void serve();

  using Place = MemoryConsumer::Place;
  void acknowledge(Place place);
  void keep_away(std::vector<Place> places, Micros delay);

  void listen(const std::shared_ptr<MemoryListener>& listener);
  void send(const std::string& subject, std::string bytes);

  /// Runs `arrive` on the broker's loop once for each copy that the faults let through.
  void carry(Message message, std::function<void()> arrive);
  Loop& loop() { return loop_; }

 private:
  std::vector<Micros> copies_of(Message message);
  void run_after(Micros delay, Task task);
  bool serve_one(const std::string& pool);
  void deliver(const std::shared_ptr<MemoryConsumer>& consumer, std::uint64_t sequence);
  void arm();

  Loop& loop_;
  const Clock& clock_;
  MessageFaults* faults_;
  bool available_ = true;
  std::uint64_t last_stream_ = 1;
  MemoryStream stream_{1};
  std::map<std::string, std::vector<std::shared_ptr<MemoryConsumer>>, std::less<>>
      consumers_;  // next one first
  std::vector<std::shared_ptr<MemoryListener>> listeners_;
  std::uint64_t last_handle_ = 0;
  Loop::TimerId timer_ = 0;
  Steady armed_for_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tasks on their way look whether it is gone
};

}  // namespace callboard::topics
