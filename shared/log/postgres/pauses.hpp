#pragma once

#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresPauses final : public Pauses {
 public:
  explicit PostgresPauses(Readers& readers) : readers_(readers) {}

  void set(Pause pause, Done<Pause> done) override;
  void lift(std::string scope, std::string name, Done<bool> done) override;
  void list(Done<std::vector<Pause>> done) override;

 private:
  Readers& readers_;
};

/// All that stand, by scope and name.
Result<std::vector<Pause>> read_pauses(Session& session);

}  // namespace callboard::log
