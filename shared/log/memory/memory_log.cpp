#include "shared/log/memory/memory_log.hpp"

#include "shared/log/memory/memory_catalog.hpp"
#include "shared/log/memory/memory_events.hpp"
#include "shared/log/memory/memory_folds.hpp"
#include "shared/log/memory/memory_held.hpp"
#include "shared/log/memory/memory_intake.hpp"
#include "shared/log/memory/memory_library.hpp"
#include "shared/log/memory/memory_link_key.hpp"
#include "shared/log/memory/memory_listeners.hpp"
#include "shared/log/memory/memory_ownership.hpp"
#include "shared/log/memory/memory_past.hpp"
#include "shared/log/memory/memory_pauses.hpp"
#include "shared/log/memory/memory_run_ends.hpp"
#include "shared/log/memory/memory_schedules.hpp"
#include "shared/log/memory/memory_slots.hpp"

namespace callboard::log {

struct MemoryLog::Ports {
  Ports(Loop& loop, const Clock& clock, MemoryTables& tables, Fates fates)
      : calls(loop, clock, std::move(fates)),
        events(tables, calls),
        intake(tables, calls),
        catalog(tables, calls),
        ownership(tables, calls),
        slots(tables, calls),
        pauses(tables, calls),
        run_ends(tables, calls),
        listeners(tables, calls),
        held(tables, calls),
        link_key(calls),
        past(tables, calls),
        library(tables, calls),
        folds(tables, calls),
        schedules(tables, calls) {}

  MemoryCalls calls;
  MemoryEvents events;
  MemoryIntake intake;
  MemoryCatalog catalog;
  MemoryOwnership ownership;
  MemorySlots slots;
  MemoryPauses pauses;
  MemoryRunEnds run_ends;
  MemoryListeners listeners;
  MemoryHeld held;
  MemoryLinkKey link_key;
  MemoryPast past;
  MemoryLibrary library;
  MemoryFolds folds;
  MemorySchedules schedules;
};

MemoryLog::MemoryLog(Loop& loop, const Clock& clock, MemoryTables& tables, Fates fates)
    : ports_(std::make_unique<Ports>(loop, clock, tables, std::move(fates))) {}

MemoryLog::~MemoryLog() { kill(); }

void MemoryLog::kill() {
  ports_->calls.kill();
  ports_->ownership.free_locks();
}

EventLog& MemoryLog::events() { return ports_->events; }
Intake& MemoryLog::intake() { return ports_->intake; }
Catalog& MemoryLog::catalog() { return ports_->catalog; }
Ownership& MemoryLog::ownership() { return ports_->ownership; }
Slots& MemoryLog::slots() { return ports_->slots; }
Pauses& MemoryLog::pauses() { return ports_->pauses; }
Listeners& MemoryLog::listeners() { return ports_->listeners; }
RunEnds& MemoryLog::run_ends() { return ports_->run_ends; }
Held& MemoryLog::held() { return ports_->held; }
LinkKey& MemoryLog::link_key() { return ports_->link_key; }
Past& MemoryLog::past() { return ports_->past; }
Library& MemoryLog::library() { return ports_->library; }
Folds& MemoryLog::folds() { return ports_->folds; }
Schedules& MemoryLog::schedules() { return ports_->schedules; }

}  // namespace callboard::log
