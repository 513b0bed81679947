#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "shared/base/ports.hpp"

namespace callboard::topics {

/// What travels between the processes and the broker in memory.
enum class Message : std::uint8_t {
  notice,       // to one listener, broadcasts too
  publication,  // a job on its way to the broker
  receipt,      // the broker's answer to it
  delivery,     // a job on its way to a worker
  answer,       // a worker's ack, hand-back or renewal
};

/// Decides how each message travels. Asked once for each message, in an order that depends on nothing but
/// what the processes do.
class MessageFaults {
 public:
  virtual ~MessageFaults() = default;
  /// One delay for each copy that arrives: empty, it is lost; several, it is doubled; unequal ones reorder.
  virtual std::vector<Micros> carry(Message message) = 0;
  /// Every copy of the job that is published with this id now is one that no worker can read.
  virtual bool garbles(std::string_view) { return false; }
};

/// Faults by chance. The same numbers from `random` give the same faults.
class RandomFaults final : public MessageFaults {
 public:
  /// Out of a thousand messages.
  struct Rates {
    std::uint32_t lost = 0;
    std::uint32_t doubled = 0;
    std::uint32_t delayed = 0;
    Micros longest_delay{0};
  };
  /// Notices may suffer everything. Jobs and answers have rates of their own: each loss costs an ack wait or
  /// a time-out.
  RandomFaults(Random& random, Rates notices, Rates jobs) : random_(random), notices_(notices), jobs_(jobs) {}

  std::vector<Micros> carry(Message message) override;

 private:
  bool chance(std::uint32_t rate) { return random_.next() % 1'000 < rate; }
  Micros delay(const Rates& rates);

  Random& random_;
  Rates notices_;
  Rates jobs_;
};

}  // namespace callboard::topics
