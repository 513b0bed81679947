#pragma once

#include "shared/log/past.hpp"
#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresPast final : public Past {
 public:
  explicit PostgresPast(Readers& readers) : readers_(readers) {}

  void read(Range range, Done<std::vector<Delivery>> done) override;
  void find_made(std::string kind, std::vector<std::string> origins, Done<std::vector<bool>> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
