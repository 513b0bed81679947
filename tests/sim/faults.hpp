#pragma once

#include "shared/log/memory/calls.hpp"
#include "tests/support/sim_loop.hpp"
#include "topics/memory/message_faults.hpp"

namespace callboard::test {

/// What one seed does to messages and to calls of the log; nothing any more once the weather is fine.
class Weather final : public topics::MessageFaults {
 public:
  explicit Weather(SimRandom& random);

  std::vector<Micros> carry(topics::Message message) override;
  bool garbles(std::string_view job) override;
  log::Fate fate(log::CallKind kind);
  void clear_up() { fine_ = true; }
  /// Nothing but notices suffers: no step may execute twice unless a process or the bus is harmed.
  bool is_mild() const { return !harms_jobs_ && refused_ + reply_lost_ + slow_ == 0; }

 private:
  SimRandom& random_;
  bool harms_jobs_;
  topics::RandomFaults messages_;
  std::uint64_t refused_;  // of a hundred calls of the log
  std::uint64_t reply_lost_;
  std::uint64_t slow_;
  bool fine_ = false;
};

}  // namespace callboard::test
