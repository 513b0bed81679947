#include "topics/memory/memory_bus.hpp"

#include <utility>

#include "topics/memory/memory_broker.hpp"
#include "topics/memory/memory_end.hpp"

namespace callboard::topics {

MemoryBus::MemoryBus(Loop& loop, const Clock& clock, MessageFaults* faults)
    : broker_(std::make_unique<MemoryBroker>(loop, clock, faults)) {}
MemoryBus::~MemoryBus() = default;

std::unique_ptr<Bus> MemoryBus::connect(Loop& loop) { return std::make_unique<MemoryEnd>(*broker_, loop); }

void MemoryBus::purge() { broker_->stream().purge(); }
void MemoryBus::remake() { broker_->replace(MemoryStream(broker_->next_stream_number())); }
MemoryStream MemoryBus::snapshot() const { return broker_->stream(); }
void MemoryBus::restore(MemoryStream backup) { broker_->replace(std::move(backup)); }
void MemoryBus::set_available(bool available) { broker_->set_available(available); }
std::size_t MemoryBus::size() const { return broker_->stream().size(); }

}  // namespace callboard::topics
