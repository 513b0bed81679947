#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryEvents final : public EventLog {
 public:
  MemoryEvents(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void append(Append row, Done<Appended> done) override;
  void read_run(const RunId& run, Done<std::vector<run::Event>> done) override;
  void read_keys(std::vector<KeyOf> keys, Done<std::vector<run::Event>> done) override;
  void begin_again(const RunId& run, std::string step, std::uint32_t attempt, std::uint32_t generation,
                   Writer writer, const Incarnation& worker, Done<Begun> done) override;
  void read_tail(std::optional<RunId> run, std::string cursor, int limit, Done<Tail> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

/// What the tables refuse of an append, as PostgreSQL's constraints do.
Result<void> check_append(const MemoryTables& tables, const Append& row);
/// One transaction: the row and what hangs on it.
Appended append_row(MemoryTables& tables, const Append& row);

}  // namespace callboard::log
