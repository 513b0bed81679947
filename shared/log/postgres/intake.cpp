#include "shared/log/postgres/intake.hpp"

#include "shared/base/limits.hpp"

namespace callboard::log {
namespace {

constexpr std::size_t kLargeArrivalBytes = 256 * limits::kKiB;

Uuid maker_of(const Arrival& arrival) {
  if (arrival.delivery) return arrival.delivery->id.uuid;
  return arrival.runs.empty() ? arrival.fires->maker : arrival.runs.front().id.uuid;
}

}  // namespace

void PostgresIntake::accept(Arrival arrival, Steady give_up, Done<Arrived> done) {
  const auto refuse = [&](ErrorCode code, std::string message) {
    loop_.post([done = std::move(done), code, message = std::move(message)]() mutable {
      done(fail(code, std::move(message)));
    });
  };
  const std::size_t bytes = bytes_of(arrival);
  if (!arrival.delivery && arrival.runs.empty() && !arrival.fires)
    return refuse(ErrorCode::invalid, "an arrival makes something");
  if (!backlog_.has_room(bytes)) return refuse(ErrorCode::too_large, "the queue to the log is full");
  ArrivalItem item;
  item.hash = sha256(arrival.origin);
  item.maker = maker_of(arrival);
  for (const NewRun& run : arrival.runs) {
    if (run.created.size() > limits::kEventBytes)
      return refuse(ErrorCode::too_large, "a run's inputs have at most 4 MiB");
    item.references.push_back(blob_reference(run.created));
  }
  item.arrival = std::move(arrival);
  item.give_up = give_up;
  item.done = std::move(done);
  (bytes > kLargeArrivalBytes ? large_ : lane_).accept(std::move(item));
}

}  // namespace callboard::log
