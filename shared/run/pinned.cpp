#include "shared/run/pinned.hpp"

#include <algorithm>

#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::run {

Result<Created> find_created(const std::vector<Event>& events) {
  const auto first = std::ranges::find(events, decision_key(0), &Event::key);
  if (first == events.end()) return fail(ErrorCode::not_found, "the run has no d/0");
  auto created = decode_created(first->data);
  if (!created) return created;
  std::uint32_t last = 0;
  for (const Event& event : events) {
    if (event.type != EventType::run_migrated) continue;
    const auto key = parse_key(event.key);
    if (!key || key->kind != KeyKind::decision || key->number < last) continue;
    auto hash = decode_migrated(event.data);
    if (!hash) return std::unexpected(hash.error());
    last = key->number;
    created->hash = std::move(*hash);
  }
  return created;
}

}  // namespace callboard::run
