#include "shared/log/memory/memory_intake.hpp"

#include <algorithm>

#include "shared/run/keys.hpp"

namespace callboard::log {
namespace {

/// Tells an arrival from another of the same cause: the ids in it are made for it alone.
Uuid maker_of(const Arrival& arrival) {
  if (arrival.delivery) return arrival.delivery->id.uuid;
  return arrival.runs.empty() ? Uuid{} : arrival.runs.front().id.uuid;
}

Result<Arrived> answer_again(const MemoryTables::Origin& origin, const Arrival& arrival) {
  const bool differs = !arrival.fingerprint.empty() && arrival.fingerprint != origin.fingerprint;
  if (differs) return fail(ErrorCode::conflict, "the same key came before with another request");
  return Arrived{origin.maker != maker_of(arrival), origin.delivery, origin.runs, origin.at};
}

void make_run(MemoryTables& tables, const NewRun& run, const std::optional<DeliveryId>& delivery, Time at) {
  const Definition& definition = tables.definitions.at(run.hash);
  tables.heads[run.id] = {run.partition,
                          definition.slug,
                          definition.version,
                          run.hash,
                          run.group.empty() ? run::RunPhase::running : run::RunPhase::pending,
                          delivery,
                          run.group,
                          at,
                          {},
                          run.labels};
  std::ranges::sort(tables.heads[run.id].labels, {}, &run::Label::name);
  tables.insert({run.id, run::decision_key(0), run::EventType::run_created, run.writer, 0, {}, run.created});
  if (run.inbox) tables.tell(run.id);
}

Result<Arrived> accept_one(MemoryTables& tables, const Arrival& arrival) {
  const std::pair<std::string, Sha256> cause(arrival.origin_kind, sha256(arrival.origin));
  const auto origin = tables.origins.find(cause);
  if (!arrival.origin_kind.empty() && origin != tables.origins.end())
    return answer_again(origin->second, arrival);
  if (!arrival.delivery && arrival.runs.empty())
    return fail(ErrorCode::invalid, "an arrival makes something");
  Arrived arrived{false, std::nullopt, {}, tables.clock.now()};
  for (const NewRun& run : arrival.runs) {
    if (!tables.definitions.contains(run.hash))
      return fail(ErrorCode::invalid, "a run's definition is not stored");
    // The reply was lost: the arrival stands as it was made then.
    if (const auto head = tables.heads.find(run.id); head != tables.heads.end())
      arrived.at = head->second.created_at;
    arrived.runs.push_back(run.id);
  }
  if (arrival.delivery) {
    arrived.delivery = arrival.delivery->id;
    const auto [row, made] = tables.deliveries.emplace(arrival.delivery->id, *arrival.delivery);
    if (made) row->second.at = arrived.at;
    arrived.at = row->second.at;
  }
  for (const NewRun& run : arrival.runs) {
    if (!tables.heads.contains(run.id)) make_run(tables, run, arrived.delivery, arrived.at);
  }
  if (!arrival.origin_kind.empty()) {
    tables.origins[cause] = {arrival.fingerprint, maker_of(arrival), arrived.delivery, arrived.runs,
                             arrived.at};
  }
  return arrived;
}

std::size_t bytes_of(const Arrival& arrival) {
  std::size_t bytes = arrival.origin.size() + arrival.fingerprint.size();
  if (arrival.delivery) bytes += arrival.delivery->headers.size() + arrival.delivery->body.size();
  for (const NewRun& run : arrival.runs) bytes += run.created.size();
  return bytes;
}

}  // namespace

void MemoryIntake::accept(Arrival arrival, Steady give_up, Done<Arrived> done) {
  const std::size_t bytes = bytes_of(arrival);
  const auto transaction = [this, arrival = std::move(arrival)] { return accept_one(tables_, arrival); };
  calls_.run_held<Arrived>(CallKind::accept, bytes, give_up, transaction, std::move(done));
}

}  // namespace callboard::log
