#include "shared/log/postgres/pauses.hpp"

#include "shared/base/limits.hpp"

namespace callboard::log {
namespace {

constexpr Statement kSet{
    "set_pause",
    "insert into pause (scope, name, actor, reason) select $1::text, $2::text, $3::text, $4::text "
    "where (select count(*) from pause) < $5::bigint on conflict do nothing"};
constexpr Statement kLift{"lift_pause",
                          "delete from pause where scope = $1::text and name = $2::text returning scope"};
constexpr Statement kFind{
    "find_pause",
    "select scope, name, at, actor, reason from pause where scope = $1::text and name = $2::text"};
constexpr Statement kList{"list_pauses",
                          "select scope, name, at, actor, reason from pause order by scope, name"};

Pause read_pause(const Rows& rows, int row) {
  return {rows.text(row, 0), rows.text(row, 1), rows.time(row, 2), rows.text(row, 3), rows.text(row, 4)};
}

Result<Pause> set_pause(Session& session, const Pause& pause) {
  Params params;
  params.add_bytes(pause.scope).add_bytes(pause.name).add_bytes(pause.actor).add_bytes(pause.reason);
  params.add(static_cast<std::int64_t>(limits::kPauses));
  if (const auto set = session.run(kSet, params); !set) return failed<Pause>(set);
  const auto stands = session.run(kFind, Params().add_bytes(pause.scope).add_bytes(pause.name));
  if (!stands) return failed<Pause>(stands);
  if (stands->size() == 0) return fail(ErrorCode::conflict, "too many pauses stand already");
  return read_pause(*stands, 0);
}

}  // namespace

Result<std::vector<Pause>> read_pauses(Session& session) {
  const auto rows = session.run(kList, {});
  if (!rows) return failed<std::vector<Pause>>(rows);
  return read_each(*rows, [&](int row) { return read_pause(*rows, row); });
}

void PostgresPauses::set(Pause pause, Done<Pause> done) {
  readers_.run<Pause>([pause = std::move(pause)](Session& session) { return set_pause(session, pause); },
                      std::move(done));
}

void PostgresPauses::lift(std::string scope, std::string name, Done<bool> done) {
  const Params params = Params().add_bytes(std::move(scope)).add_bytes(std::move(name));
  readers_.run<bool>(
      [params](Session& session) -> Result<bool> {
        const auto rows = session.run(kLift, params);
        if (!rows) return failed<bool>(rows);
        return rows->size() > 0;
      },
      std::move(done));
}

void PostgresPauses::list(Done<std::vector<Pause>> done) {
  readers_.run<std::vector<Pause>>(read_pauses, std::move(done));
}

}  // namespace callboard::log
