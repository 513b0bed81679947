#pragma once

#include "shared/log/link_key.hpp"
#include "shared/log/memory/calls.hpp"

namespace callboard::log {

class MemoryLinkKey final : public LinkKey {
 public:
  explicit MemoryLinkKey(MemoryCalls& calls) : calls_(calls) {}

  void read(Done<std::string> done) override {
    calls_.run<std::string>(
        CallKind::read, []() -> Result<std::string> { return std::string("of a database in memory"); },
        std::move(done));
  }

 private:
  MemoryCalls& calls_;
};

}  // namespace callboard::log
