#pragma once

#include "shared/log/postgres/lane.hpp"
#include "shared/log/postgres/readers.hpp"
#include "shared/log/postgres/run_reads.hpp"

namespace callboard::log {

class PostgresEvents final : public EventLog {
 public:
  PostgresEvents(Loop& loop, Lane& lane, Backlog& backlog, Readers& readers)
      : loop_(loop), lane_(lane), backlog_(backlog), readers_(readers), runs_(readers) {}

  void append(Append row, Done<Appended> done) override;
  void read_run(const RunId& run, Done<std::vector<run::Event>> done) override;
  void read_keys(std::vector<KeyOf> keys, Done<std::vector<run::Event>> done) override;
  void begin_again(const RunId& run, std::string step, std::uint32_t attempt, std::uint32_t generation,
                   Writer writer, const Incarnation& worker, Done<Begun> done) override;
  void read_tail(std::optional<RunId> run, std::string cursor, int limit, Done<Tail> done) override;

 private:
  Loop& loop_;
  Lane& lane_;
  Backlog& backlog_;
  Readers& readers_;
  RunReads runs_;
};

}  // namespace callboard::log
