#include "shared/log/postgres/slots.hpp"

namespace callboard::log {
namespace {

constexpr Statement kQueue{"queue", "select wait_for_place($1::uuid, $2::text)"};

}  // namespace

void PostgresSlots::admit(Place place, Append decision, Done<bool> done) {
  if (!backlog_.has_room(bytes_of(decision)) || decision.data.size() > limits::kEventInlineBytes) {
    return loop_.post([done = std::move(done)]() mutable {
      done(fail(ErrorCode::too_large, "the queue to the log is full, or the decision is larger than 64 KiB"));
    });
  }
  lane_.admit({std::move(place), std::move(decision), std::move(done)});
}

void PostgresSlots::queue(const RunId& run, std::string group, Done<bool> done) {
  const Params params = Params().add(run).add_bytes(std::move(group));
  readers_.run<bool>(
      [params](Session& session) -> Result<bool> {
        const auto rows = session.run(kQueue, params);
        if (!rows) return failed<bool>(rows);
        return rows->boolean(0, 0);
      },
      std::move(done));
}

}  // namespace callboard::log
