#pragma once

#include "shared/log/postgres/lane.hpp"

namespace callboard::log {

/// Small arrivals share the decisions' and results' transactions, behind them; large ones have a lane of
/// their own, so that a body of many megabytes holds up nothing else.
class PostgresIntake final : public Intake {
 public:
  PostgresIntake(Loop& loop, Lane& lane, Lane& large, Backlog& backlog)
      : loop_(loop), lane_(lane), large_(large), backlog_(backlog) {}

  void accept(Arrival arrival, Steady give_up, Done<Arrived> done) override;

 private:
  Loop& loop_;
  Lane& lane_;
  Lane& large_;
  Backlog& backlog_;
};

}  // namespace callboard::log
