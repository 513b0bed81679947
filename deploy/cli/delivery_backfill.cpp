#include "deploy/cli/delivery_backfill.hpp"

#include <utility>

#include "deploy/cli/backfill_part.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

/// What the calls of one backfill add up to.
struct Sum {
  std::int64_t looked = 0, started = 0, held = 0, existing = 0, failed = 0;
  Array items;
};

void show_items(const Commands& commands, const Value& part, bool all) {
  const Value* const items = find(&part, "items");
  if (items == nullptr || !items->is_array()) return;
  for (const Value& item : items->get_array()) {
    const std::string outcome = printable(find_text(&item, "outcome"));
    if (!all && outcome != "failed") continue;
    const std::string detail = printable(find_text(&item, "detail"));
    commands.terminal.line(printable(find_text(&item, "at")) + "  " + printable(find_text(&item, "event")) +
                           "  delivery " + printable(find_text(&item, "delivery")) + "  " + outcome +
                           (detail.empty() ? "" : ": " + detail));
  }
}

/// The delivery behind which the next call goes on; empty behind the last.
std::expected<std::string, Exit> ask_part(const Commands& commands, ApiClient& api,
                                          const DeliveryBackfill& wish, const std::string& after, Sum& sum) {
  Object range{{"since", wish.since}, {"until", wish.until}};
  for (const auto& [name, text] : {std::pair("source", &wish.source), std::pair("event", &wish.event),
                                   std::pair("again", &wish.again), std::pair("after", &after)}) {
    if (!text->empty()) range[name] = *text;
  }
  const auto part = ask_backfill_part(
      commands, api, {wish.workflow, "deliveries", std::move(range), wish.rate, wish.dry_run});
  if (!part) return std::unexpected(part.error());
  sum.looked += find_int(&*part, "looked");
  sum.started += find_int(&*part, "started");
  sum.held += find_int(&*part, "held");
  sum.existing += find_int(&*part, "existing");
  sum.failed += find_int(&*part, "failed");
  if (!commands.json) {
    show_items(commands, *part, wish.dry_run);
  } else if (const Value* const items = find(&*part, "items"); items != nullptr && items->is_array()) {
    for (const Value& item : items->get_array()) sum.items.push_back(item);
  }
  return std::string(find_text(&*part, "next"));
}

std::string words_of(const DeliveryBackfill& wish, const Sum& sum) {
  std::string out = std::to_string(sum.looked) + " deliveries looked at: " + std::to_string(sum.started) +
                    (wish.dry_run ? " would start a run, " : " runs started, ");
  if (sum.held > 0)
    out += std::to_string(sum.held) + (wish.dry_run ? " would be held back, " : " held back, ");
  return out + std::to_string(sum.existing) + " had one, " + std::to_string(sum.failed) + " failed";
}

}  // namespace

Exit backfill_deliveries(const Commands& commands, const DeliveryBackfill& wish) {
  auto api = commands.connect();
  if (!api) return api.error();
  Sum sum;
  std::string after;
  do {
    auto next = ask_part(commands, **api, wish, after, sum);
    if (!next) return next.error();
    after = std::move(*next);
    if (!after.empty() && !commands.json) commands.terminal.line(words_of(wish, sum) + ", more to come");
  } while (!after.empty());
  if (commands.json) {
    commands.terminal.line(write_json(Object{{"dryRun", wish.dry_run},
                                             {"looked", sum.looked},
                                             {"started", sum.started},
                                             {"held", sum.held},
                                             {"existing", sum.existing},
                                             {"failed", sum.failed},
                                             {"items", std::move(sum.items)}}));
  } else {
    commands.terminal.line(words_of(wish, sum));
  }
  return sum.failed == 0 ? Exit::done : Exit::failed;
}

}  // namespace callboard::cli
