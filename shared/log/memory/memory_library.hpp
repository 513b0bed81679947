#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryLibrary final : public Library {
 public:
  MemoryLibrary(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void runs(RunFilter filter, Done<std::vector<RunHead>> done) override;
  void run(const RunId& run, Done<RunHead> done) override;
  void deliveries(std::optional<DeliveryId> before, std::string source, int limit,
                  Done<std::vector<Delivery>> done) override;
  void delivery(const DeliveryId& id, Done<Delivery> done) override;
  void lost_attempts(LostFilter filter, Done<std::vector<LostAttempt>> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
