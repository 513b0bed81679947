#include "shared/log/memory/memory_past.hpp"

#include "shared/value/sha256.hpp"

namespace callboard::log {

void MemoryPast::read(Range range, Done<std::vector<Delivery>> done) {
  const auto transaction = [this, range = std::move(range)]() -> Result<std::vector<Delivery>> {
    std::vector<Delivery> out;
    for (const auto& [id, delivery] : tables_.deliveries) {
      const Time made = time_of(id.uuid);
      const bool is_meant = made >= range.since && made < range.until &&
                            (!range.after || *range.after < id) &&
                            (range.source.empty() || delivery.source == range.source);
      if (!is_meant) continue;
      if (std::ssize(out) == range.limit) break;
      out.push_back(delivery);
      out.back().body.clear();
    }
    return out;
  };
  calls_.run<std::vector<Delivery>>(CallKind::read, transaction, std::move(done));
}

void MemoryPast::find_made(std::string kind, std::vector<std::string> origins, Done<std::vector<bool>> done) {
  const auto transaction = [this, kind = std::move(kind),
                            origins = std::move(origins)]() -> Result<std::vector<bool>> {
    std::vector<bool> out;
    for (const std::string& origin : origins) out.push_back(tables_.origins.contains({kind, sha256(origin)}));
    return out;
  };
  calls_.run<std::vector<bool>>(CallKind::read, transaction, std::move(done));
}

}  // namespace callboard::log
