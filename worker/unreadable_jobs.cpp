#include "worker/unreadable_jobs.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::worker {

void UnreadableJobs::take(const topics::JobDelivery& delivery, const std::string& why) {
  bench_.complain("the job " + delivery.id + " can't be read: " + why);
  auto attempt = topics::parse_job_id(delivery.id);
  if (!attempt) return bench_.outbox.ack(delivery.handle);
  if (delivery.deliveries <= limits::kPoisonBegins)
    return bench_.outbox.hand_back(delivery.handle, limits::kLease);
  look({delivery.handle, std::move(*attempt), why});
}

void UnreadableJobs::look(Unread unread) {
  const auto key = run::parse_key(unread.attempt.key);
  const RunId& run = unread.attempt.run;
  std::vector<log::EventLog::KeyOf> keys{{run, unread.attempt.key},
                                         {run, run::started_key(key->step, key->attempt, key->generation)}};
  bench_.events.read_keys(
      std::move(keys),
      life_.guard([this, unread = std::move(unread)](Result<std::vector<run::Event>> found) mutable {
        if (!found) return bench_.outbox.hand_back(unread.handle, limits::kLease);
        looked_up(std::move(unread), *found);
      }));
}

void UnreadableJobs::looked_up(Unread unread, const std::vector<run::Event>& found) {
  if (std::ranges::find(found, unread.attempt.key, &run::Event::key) != found.end())
    return bench_.outbox.ack(unread.handle);
  const auto worker = found.empty() ? Result<Incarnation>(fail(ErrorCode::not_found, "nobody has begun it"))
                                    : run::decode_begin(found.front().data);
  if (!worker) return give_up(std::move(unread));
  bench_.ownership.find_dead(
      {*worker},
      life_.guard([this, unread = std::move(unread)](Result<std::vector<Incarnation>> dead) mutable {
        const bool may_live = !dead || dead->empty();
        if (may_live) return bench_.outbox.hand_back(unread.handle, limits::kLease);
        give_up(std::move(unread));
      }));
}

void UnreadableJobs::give_up(Unread unread) {
  run::Outcome lost = failed(run::ErrorClass::lost,
                             "its job can't be read by this worker nor by those before it: " + unread.why);
  lost.type = run::EventType::step_lost;
  log::Append row;
  row.run = unread.attempt.run;
  row.key = std::move(unread.attempt.key);
  row.type = lost.type;
  row.writer = bench_.writers.next();
  row.data = run::encode_outcome(lost);
  bench_.events.append(
      std::move(row), life_.guard([this, handle = unread.handle](const Result<log::Appended>& appended) {
        appended ? bench_.outbox.ack(handle) : bench_.outbox.hand_back(handle, limits::kLease);
      }));
}

}  // namespace callboard::worker
