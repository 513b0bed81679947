#include "shared/log/postgres/held.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"

namespace callboard::log {
namespace {

#define CALLBOARD_GROUP "h.id, h.workflow, h.source, h.key, h.kind, h.events, h.since, h.due "

constexpr Statement kClaim{
    "claim_held",
    "update held h set closed = true, claimed_until = clock_timestamp() + $2::bigint * interval '1 us' "
    "where h.id in (select o.id from held o where o.due <= now() "
    "and (o.claimed_until is null or o.claimed_until < now()) order by o.due limit $1::int "
    "for update skip locked) returning " CALLBOARD_GROUP};
constexpr Statement kRead{
    "read_held",
    "select e.delivery, e.cause_depth, e.untrusted, e.needs_approval, coalesce(d.event, ''), "
    "coalesce(d.body, ''::bytea) "
    "from held_event e left join delivery d on d.id = e.delivery where e.held = $1::bigint order by e.id"};
constexpr Statement kList{"list_held", "select " CALLBOARD_GROUP
                                       "from held h where h.workflow = $1::text order by h.due, h.id limit "
                                       "$2::int"};
constexpr Statement kCount{"count_held",
                           "select count(*), coalesce(sum(h.events), 0)::bigint from held h where h.workflow "
                           "= $1::text"};
constexpr Statement kFind{"find_held", "select " CALLBOARD_GROUP
                                       "from held_event e join held h on h.id = e.held "
                                       "where e.delivery = $1::uuid order by h.due, h.id"};
#undef CALLBOARD_GROUP

std::vector<Held::Group> read_groups(const Rows& rows) {
  return read_each(rows, [&](int row) {
    return Held::Group{.id = rows.int8(row, 0),
                       .workflow = rows.text(row, 1),
                       .source = rows.text(row, 2),
                       .key = rows.text(row, 3),
                       .kind = static_cast<HoldKind>(rows.int2(row, 4)),
                       .events = rows.int4(row, 5),
                       .since = rows.time(row, 6),
                       .due = rows.time(row, 7)};
  });
}

}  // namespace

void PostgresHeld::claim(int limit, Done<std::vector<Group>> done) {
  const Params params =
      Params().add(static_cast<std::int32_t>(limit)).add(std::int64_t{limits::kHeldClaim.count()});
  readers_.run<std::vector<Group>>(
      [params](Session& session) -> Result<std::vector<Group>> {
        const auto rows = session.run(kClaim, params);
        if (!rows) return failed<std::vector<Group>>(rows);
        auto groups = read_groups(*rows);
        std::ranges::sort(groups, {}, [](const Group& group) { return std::pair(group.due, group.id); });
        return groups;
      },
      std::move(done));
}

void PostgresHeld::read(std::int64_t group, Done<std::vector<Part>> done) {
  const Params params = Params().add(group);
  readers_.run<std::vector<Part>>(
      [params](Session& session) -> Result<std::vector<Part>> {
        const auto rows = session.run(kRead, params);
        if (!rows) return failed<std::vector<Part>>(rows);
        return read_each(*rows, [&](int row) {
          return Part{.delivery = DeliveryId{rows->uuid(row, 0)},
                      .cause_depth = static_cast<std::uint32_t>(rows->int4(row, 1)),
                      .untrusted = rows->boolean(row, 2),
                      .needs_approval = rows->boolean(row, 3),
                      .event = rows->text(row, 4),
                      .body = rows->text(row, 5)};
        });
      },
      std::move(done));
}

void PostgresHeld::list(std::string workflow, int limit, Done<Listed> done) {
  readers_.run<Listed>(
      [workflow = std::move(workflow), limit](Session& session) -> Result<Listed> {
        const auto rows =
            session.run(kList, Params().add_bytes(workflow).add(static_cast<std::int32_t>(limit)));
        if (!rows) return failed<Listed>(rows);
        const auto counted = session.run(kCount, Params().add_bytes(workflow));
        if (!counted) return failed<Listed>(counted);
        return Listed{read_groups(*rows), counted->int8(0, 0), counted->int8(0, 1)};
      },
      std::move(done));
}

void PostgresHeld::find(const DeliveryId& delivery, Done<std::vector<Group>> done) {
  const Params params = Params().add(delivery);
  readers_.run<std::vector<Group>>(
      [params](Session& session) -> Result<std::vector<Group>> {
        const auto rows = session.run(kFind, params);
        return rows ? Result<std::vector<Group>>(read_groups(*rows)) : failed<std::vector<Group>>(rows);
      },
      std::move(done));
}

}  // namespace callboard::log
