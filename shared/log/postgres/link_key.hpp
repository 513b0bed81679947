#pragma once

#include "shared/log/link_key.hpp"
#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresLinkKey final : public LinkKey {
 public:
  explicit PostgresLinkKey(Readers& readers) : readers_(readers) {}

  void read(Done<std::string> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
