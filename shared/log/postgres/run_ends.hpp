#pragma once

#include "shared/log/postgres/readers.hpp"
#include "shared/log/run_ends.hpp"

namespace callboard::log {

class PostgresRunEnds final : public RunEnds {
 public:
  explicit PostgresRunEnds(Readers& readers) : readers_(readers) {}

  void listen(std::vector<std::string> workflows, Done<bool> done) override;
  void read(std::vector<Partition> partitions, int limit, Done<std::vector<End>> done) override;
  void remove(std::vector<End> ends, Done<bool> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
