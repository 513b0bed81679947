#pragma once

#include "shared/log/held.hpp"
#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresHeld final : public Held {
 public:
  explicit PostgresHeld(Readers& readers) : readers_(readers) {}

  void claim(int limit, Done<std::vector<Group>> done) override;
  void read(std::int64_t group, Done<std::vector<Part>> done) override;
  void list(std::string workflow, int limit, Done<Listed> done) override;
  void find(const DeliveryId& delivery, Done<std::vector<Group>> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
