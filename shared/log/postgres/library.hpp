#pragma once

#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresLibrary final : public Library {
 public:
  explicit PostgresLibrary(Readers& readers) : readers_(readers) {}

  void runs(RunFilter filter, Done<std::vector<RunHead>> done) override;
  void run(const RunId& run, Done<RunHead> done) override;
  void deliveries(std::optional<DeliveryId> before, std::string source, int limit,
                  Done<std::vector<Delivery>> done) override;
  void delivery(const DeliveryId& id, Done<Delivery> done) override;
  void lost_attempts(LostFilter filter, Done<std::vector<LostAttempt>> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
