#pragma once

#include "shared/log/postgres/lane.hpp"
#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresSlots final : public Slots {
 public:
  PostgresSlots(Loop& loop, Lane& lane, Backlog& backlog, Readers& readers)
      : loop_(loop), lane_(lane), backlog_(backlog), readers_(readers) {}

  void admit(Place place, Append decision, Done<Admitted> done) override;
  void stand_aside(const Incarnation& holder, const RunId& run, std::string unless, Done<bool> done) override;
  void leave_turns(const RunId& run, const std::vector<std::string>& keep, Done<bool> done) override;
  void standing(std::string group, int limit, Done<std::vector<Standing>> done) override;

 private:
  Loop& loop_;
  Lane& lane_;
  Backlog& backlog_;
  Readers& readers_;
};

}  // namespace callboard::log
