#include "shared/log/memory/memory_run_ends.hpp"

#include <algorithm>

namespace callboard::log {

void MemoryRunEnds::listen(std::vector<std::string> workflows, Done<bool> done) {
  const auto transaction = [this, workflows = std::move(workflows)]() -> Result<bool> {
    tables_.listened.insert(workflows.begin(), workflows.end());
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryRunEnds::read(std::vector<Partition> partitions, int limit, Done<std::vector<End>> done) {
  const auto transaction = [this, partitions = std::move(partitions), limit]() -> Result<std::vector<End>> {
    std::vector<End> out;
    for (const auto& [partition, run, decision] : tables_.run_ends) {
      if (std::ssize(out) == limit) break;
      if (std::ranges::count(partitions, partition) > 0) out.push_back({partition, run, decision});
    }
    return out;
  };
  calls_.run<std::vector<End>>(CallKind::read, transaction, std::move(done));
}

void MemoryRunEnds::remove(std::vector<End> ends, Done<bool> done) {
  const auto transaction = [this, ends = std::move(ends)]() -> Result<bool> {
    for (const End& end : ends) tables_.run_ends.erase({end.partition, end.run, end.decision});
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

}  // namespace callboard::log
