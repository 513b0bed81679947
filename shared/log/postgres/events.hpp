#pragma once

#include "shared/log/postgres/event_reads.hpp"
#include "shared/log/postgres/lane.hpp"
#include "shared/log/postgres/together.hpp"

namespace callboard::log {

class PostgresEvents final : public EventLog {
 public:
  PostgresEvents(Loop& loop, Lane& lane, Backlog& backlog, Readers& readers);

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
  Together<RunId, Events> runs_;
  Together<std::vector<KeyOf>, Events> keys_;
  Together<Beginner, Begun> begins_;
};

}  // namespace callboard::log
