#include "shared/log/postgres/slots.hpp"

namespace callboard::log {
namespace {

constexpr Statement kStandAside{"stand_aside", "select stand_aside($1::uuid, $2::uuid, $3::text)"};
constexpr Statement kLeaveTurns{"leave_turns", "select leave_turns($1::uuid, $2::text[])"};
constexpr Statement kStanding{
    "standing",
    "select r.run_id, exists (select from slot s where s.group_key = $1::text and s.run_id = r.run_id) "
    "from run r where r.group_key = $1::text and r.closed_at is null order by r.run_id desc limit $2::int"};

}  // namespace

void PostgresSlots::admit(Place place, Append decision, Done<Admitted> done) {
  if (!backlog_.has_room(bytes_of(decision)) || decision.data.size() > limits::kEventInlineBytes) {
    return loop_.post([done = std::move(done)]() mutable {
      done(fail(ErrorCode::too_large, "the queue to the log is full, or the decision is larger than 64 KiB"));
    });
  }
  lane_.admit({std::move(place), std::move(decision), std::move(done)});
}

void PostgresSlots::stand_aside(const Incarnation& holder, const RunId& run, std::string unless,
                                Done<bool> done) {
  const Params params = Params().add(run).add(holder).add_bytes(std::move(unless));
  readers_.run<bool>(
      [params](Session& session) -> Result<bool> {
        const auto rows = session.run(kStandAside, params);
        if (!rows) return failed<bool>(rows);
        return rows->boolean(0, 0);
      },
      std::move(done));
}

void PostgresSlots::leave_turns(const RunId& run, const std::vector<std::string>& keep, Done<bool> done) {
  std::size_t bytes = 0;
  for (const std::string& name : keep) bytes += name.size();
  ArrayWriter names(PgType::text, keep.size(), bytes);
  for (const std::string& name : keep) names.add(name);
  const Params params = Params().add(run).add_bytes(std::move(names).take());
  readers_.run<bool>(
      [params](Session& session) -> Result<bool> {
        const auto rows = session.run(kLeaveTurns, params);
        if (!rows) return failed<bool>(rows);
        return rows->boolean(0, 0);
      },
      std::move(done));
}

void PostgresSlots::standing(std::string group, int limit, Done<std::vector<Standing>> done) {
  const Params params = Params().add_bytes(std::move(group)).add(std::int32_t{limit});
  readers_.run<std::vector<Standing>>(
      [params](Session& session) -> Result<std::vector<Standing>> {
        const auto rows = session.run(kStanding, params);
        if (!rows) return failed<std::vector<Standing>>(rows);
        return read_each(*rows,
                         [&](int row) { return Standing{RunId{rows->uuid(row, 0)}, rows->boolean(row, 1)}; });
      },
      std::move(done));
}

}  // namespace callboard::log
