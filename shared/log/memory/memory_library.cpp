#include "shared/log/memory/memory_library.hpp"

#include <algorithm>
#include <ranges>

namespace callboard::log {
namespace {

std::size_t page(int limit) { return static_cast<std::size_t>(std::clamp(limit, 1, limits::kPageMost + 1)); }

bool matches(const RunId& run, const MemoryTables::Head& head, const Library::RunFilter& filter) {
  if (filter.phase && head.phase != *filter.phase) return false;
  if (!filter.workflow.empty() && head.slug != filter.workflow) return false;
  if (filter.since && head.created_at < *filter.since) return false;
  if (filter.until && head.created_at >= *filter.until) return false;
  const auto has = [&](const Library::RunFilter::Label& wanted) {
    return std::ranges::any_of(head.labels, [&](const run::Label& label) {
      return label.name == wanted.name && (!wanted.value || label.value == *wanted.value);
    });
  };
  if (!std::ranges::all_of(filter.labels, has)) return false;
  if (filter.parent && head.parent != filter.parent) return false;
  return !filter.before || run < *filter.before;
}

RunHead shown(const RunId& run, const MemoryTables::Head& head) {
  return {run,           head.slug,  head.version, head.hash, head.phase, head.created_at, head.closed_at,
          head.delivery, head.labels};
}

}  // namespace

void MemoryLibrary::runs(RunFilter filter, Done<std::vector<RunHead>> done) {
  const auto read = [this, filter = std::move(filter)]() -> Result<std::vector<RunHead>> {
    std::vector<RunHead> out;
    for (const auto& [id, head] : std::views::reverse(tables_.heads)) {
      if (out.size() == page(filter.limit)) break;
      if (matches(id, head, filter)) out.push_back(shown(id, head));
    }
    return out;
  };
  calls_.run<std::vector<RunHead>>(CallKind::read, read, std::move(done));
}

void MemoryLibrary::run(const RunId& run, Done<RunHead> done) {
  const auto read = [this, run]() -> Result<RunHead> {
    const auto head = tables_.heads.find(run);
    if (head == tables_.heads.end()) return fail(ErrorCode::not_found, "there is no run " + to_string(run));
    return shown(run, head->second);
  };
  calls_.run<RunHead>(CallKind::read, read, std::move(done));
}

void MemoryLibrary::deliveries(std::optional<DeliveryId> before, std::string source, int limit,
                               Done<std::vector<Delivery>> done) {
  const auto read = [this, before, source = std::move(source), limit]() -> Result<std::vector<Delivery>> {
    std::vector<Delivery> out;
    for (const auto& [id, delivery] : std::views::reverse(tables_.deliveries)) {
      if (out.size() == page(limit)) break;
      if ((before && !(id < *before)) || (!source.empty() && delivery.source != source)) continue;
      out.push_back(delivery);
      out.back().headers.clear();
      out.back().body.clear();
    }
    return out;
  };
  calls_.run<std::vector<Delivery>>(CallKind::read, read, std::move(done));
}

void MemoryLibrary::delivery(const DeliveryId& id, Done<Delivery> done) {
  const auto read = [this, id]() -> Result<Delivery> {
    const auto found = tables_.deliveries.find(id);
    if (found == tables_.deliveries.end())
      return fail(ErrorCode::not_found, "there is no delivery " + to_string(id));
    return found->second;
  };
  calls_.run<Delivery>(CallKind::read, read, std::move(done));
}

void MemoryLibrary::lost_attempts(LostFilter filter, Done<std::vector<LostAttempt>> done) {
  const auto read = [this, filter = std::move(filter)]() -> Result<std::vector<LostAttempt>> {
    std::vector<LostAttempt> out;
    for (const auto& [key, event] : std::views::reverse(tables_.events)) {
      if (out.size() == page(filter.limit)) break;
      const auto head = tables_.heads.find(event.run);
      const bool is_listed = event.type == run::EventType::step_lost && head != tables_.heads.end() &&
                             (filter.workflow.empty() || head->second.slug == filter.workflow) &&
                             (!filter.since || event.at >= *filter.since) &&
                             (!filter.until || event.at < *filter.until) &&
                             (!filter.before || key < std::pair(filter.before->run, filter.before->key));
      if (is_listed) out.push_back({head->second.slug, event});
    }
    return out;
  };
  calls_.run<std::vector<LostAttempt>>(CallKind::read, read, std::move(done));
}

}  // namespace callboard::log
