#include "deploy/cli/backfill_part.hpp"

#include <utility>

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {

std::expected<Value, Exit> ask_backfill_part(const Commands& commands, ApiClient& api, BackfillPart part) {
  Object body{{part.of, std::move(part.range)}, {"dryRun", part.dry_run}};
  if (!part.rate.empty()) body["rate"] = part.rate;
  const auto answer =
      api.post("/api/workflows/" + percent_encoded(part.workflow) + "/backfill", write_json(body));
  if (!answer) return std::unexpected(explain_error(commands.terminal, answer.error()));
  if (exit_of(answer->status) != Exit::done)
    return std::unexpected(explain_answer(commands.terminal, *answer));
  auto value = read_json(answer->body);
  if (!value) return std::unexpected(explain_error(commands.terminal, value.error()));
  return *std::move(value);
}

}  // namespace callboard::cli
