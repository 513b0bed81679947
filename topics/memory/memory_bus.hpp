#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shared/base/ports.hpp"
#include "topics/bus.hpp"
#include "topics/memory/memory_stream.hpp"
#include "topics/memory/message_faults.hpp"

namespace callboard::topics {

class MemoryBroker;

/// The bus in memory: one broker for any number of processes in one thread. Deterministic from the loops, the
/// clock and the faults that come in. Simulations and unit tests run on it.
class MemoryBus {
 public:
  /// The broker lives on `loop`. Everything that comes in outlives the bus; the bus outlives every end that
  /// it makes.
  MemoryBus(Loop& loop, const Clock& clock, MessageFaults* faults = nullptr);
  ~MemoryBus();
  MemoryBus(const MemoryBus&) = delete;
  MemoryBus& operator=(const MemoryBus&) = delete;

  /// One process's end, with callbacks on its loop. Destroying the end, or a source of it, is what a crash
  /// does.
  std::unique_ptr<Bus> connect(Loop& loop);

  /// Every job is lost; numbers go on.
  void purge();
  /// The stream is deleted and made anew: every job is lost, numbers begin at 1.
  void remake();
  /// A backup, and going back to one: jobs acknowledged since then are there again, those published since
  /// then are lost.
  MemoryStream snapshot() const;
  void restore(MemoryStream backup);
  /// Away: nothing arrives, publishing fails with `unavailable`; what was wanted stays wanted.
  void set_available(bool available);

  /// Jobs that the broker holds, waiting or with somebody.
  std::size_t size() const;

 private:
  std::unique_ptr<MemoryBroker> broker_;
};

}  // namespace callboard::topics
