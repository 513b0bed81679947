#include "shared/log/memory/memory_pauses.hpp"

namespace callboard::log {

void MemoryPauses::set(Pause pause, Done<Pause> done) {
  const auto transaction = [this, pause = std::move(pause)]() -> Result<Pause> {
    const auto key = std::pair(pause.scope, pause.name);
    if (const auto stands = tables_.pauses.find(key); stands != tables_.pauses.end()) return stands->second;
    if (tables_.pauses.size() >= limits::kPauses)
      return fail(ErrorCode::conflict, "too many pauses stand already");
    Pause& made = tables_.pauses.emplace(key, pause).first->second;
    made.at = tables_.clock.now();
    return made;
  };
  calls_.run<Pause>(CallKind::other, transaction, std::move(done));
}

void MemoryPauses::lift(std::string scope, std::string name, Done<bool> done) {
  const auto transaction = [this, key = std::pair(std::move(scope), std::move(name))]() -> Result<bool> {
    return tables_.pauses.erase(key) > 0;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryPauses::list(Done<std::vector<Pause>> done) {
  const auto read = [this]() -> Result<std::vector<Pause>> { return tables_.list_pauses(); };
  calls_.run<std::vector<Pause>>(CallKind::read, read, std::move(done));
}

}  // namespace callboard::log
