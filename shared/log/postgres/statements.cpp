#include "shared/log/postgres/statements.hpp"

#include <array>

namespace callboard::log {

// The transaction's id is asked for once a statement, not once a row.
#define CALLBOARD_INSERT_EVENTS                                                          \
  "insert into event (run_id, key, writer, type, data, xid) "                            \
  "select t.*, (select pg_current_xact_id()::text::bigint) "                             \
  "from unnest($1::uuid[], $2::text[], $3::bigint[], $4::smallint[], $5::bytea[]) as t " \
  "on conflict do nothing returning run_id, key, position, at"
#define CALLBOARD_CLOSE_HEADS                                                                       \
  "update run r set state = $6::smallint, closed_at = i.at, decisions = substr(i.key, 3)::int + 1 " \
  "from inserted i where r.run_id = i.run_id"
#define CALLBOARD_ANSWER "select run_id, key, position, at from inserted"

constexpr Statement kStoreBlobs{
    "store_blobs",
    "insert into blob (run_id, hash, data) select * from unnest($1::uuid[], $2::bytea[], $3::bytea[]) "
    "on conflict do nothing"};

constexpr Statement kAppend{"append", CALLBOARD_INSERT_EVENTS};

constexpr Statement kAppendAndTell{"append_and_tell",
                                   "with inserted as (" CALLBOARD_INSERT_EVENTS
                                   "), told as (insert into inbox (partition, run_id) select "
                                   "partition_of(run_id, $6::int), run_id from inserted) " CALLBOARD_ANSWER};

constexpr Statement kAppendAndClose{"append_and_close",
                                    "with inserted as (" CALLBOARD_INSERT_EVENTS
                                    "), closed as (" CALLBOARD_CLOSE_HEADS ") " CALLBOARD_ANSWER};

constexpr Statement kAppendCloseAndFill{
    "append_close_and_fill",
    "with inserted as (" CALLBOARD_INSERT_EVENTS ", writer), closed as (" CALLBOARD_CLOSE_HEADS
    "), filled as (insert into event (run_id, key, writer, type, data) "
    "select f.run_id, f.key, i.writer, 23, $10::bytea "
    "from unnest($7::uuid[], $8::text[], $9::text[]) as f (run_id, closing, key) "
    "join inserted i on i.run_id = f.run_id and i.key = f.closing order by f.run_id, f.key on conflict do "
    "nothing"
    "), told as (insert into inbox (partition, run_id) select partition_of(run_id, $12::int), run_id from "
    "inserted "
    "where run_id = any ($11::uuid[])) " CALLBOARD_ANSWER};

constexpr Statement kAppendAndReopen{"append_and_reopen",
                                     "with inserted as (" CALLBOARD_INSERT_EVENTS
                                     "), reopened as (update run r set state = 2, closed_at = null from "
                                     "inserted i where r.run_id = i.run_id) " CALLBOARD_ANSWER};

constexpr Statement kAppendAndMigrate{
    "append_and_migrate",
    "with inserted as (" CALLBOARD_INSERT_EVENTS
    ", writer), migrated as (update run r set definition = d.id "
    "from inserted i join unnest($1::uuid[], $3::bigint[], $7::text[]) as m (run_id, writer, hash) "
    "on m.run_id = i.run_id and m.writer = i.writer join definition d on d.hash = m.hash "
    "where r.run_id = i.run_id"
    "), told as (insert into inbox (partition, run_id) select partition_of(run_id, $6::int), run_id from "
    "inserted) " CALLBOARD_ANSWER};

constexpr Statement kAdmit{"admit",
                           "select admitted, of_position, of_at, next_turn from admit($1::text, $2::int, "
                           "$3::uuid, $4::text, $5::bigint, $6::smallint, $7::bytea, $8::text, $9::int, "
                           "$10::bigint)"};

constexpr Statement kAdmitStep{
    "admit_step",
    "select admitted, of_position, of_at, next_turn from admit_step($1::text, $2::int, "
    "$3::bigint, $4::uuid, $5::text, $6::bigint, $7::smallint, $8::bytea)"};

constexpr Statement kReadKeys{
    "read_keys",
    "select e.run_id, e.key, e.type, e.writer, e.position, e.at, whole(e.run_id, e.data) "
    "from unnest($1::uuid[], $2::text[]) as k (run_id, key) join event e on e.run_id = k.run_id and e.key = "
    "k.key"};

constexpr Statement kShareArrivals{"share_arrivals", "select share_arrivals()"};

constexpr Statement kStoreOrigins{"store_origins",
                                  "insert into origin (kind, hash, fingerprint, maker, delivery, runs, at) "
                                  "select t.*, now() from unnest($1::text[], $2::bytea[], $3::bytea[], "
                                  "$4::uuid[], $5::uuid[], $6::bytea[]) as t "
                                  "on conflict do nothing returning maker, at"};

// An arrival's rows are made if it has no origin, or if the origin that stands is its own.
#define CALLBOARD_IS_MINE                                                                                 \
  "(t.kind = '' or exists (select from origin o where o.kind = t.kind and o.hash = t.hash and o.maker = " \
  "t.maker))"

constexpr Statement kStoreDeliveries{
    "store_deliveries",
    "with stored as (insert into delivery (id, source, external_id, event, matched_against, headers, "
    "verdicts, body, at) "
    "select t.id, t.source, t.external_id, t.event, t.matched, t.headers, t.verdicts, t.body, now() "
    "from unnest($1::text[], $2::bytea[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], "
    "$8::text[], "
    "$9::bytea[], $10::bytea[], $11::bytea[]) "
    "as t (kind, hash, maker, id, source, external_id, event, matched, headers, verdicts, body) "
    "where " CALLBOARD_IS_MINE
    " on conflict do nothing returning id, at, source, listening_key(source, event) as key"
    "), heard as (insert into heard (partition, delivery) select p, s.id from stored s, "
    "lateral listening_partitions(s.source, s.key) as p "
    "where exists (select from listener l where l.source = s.source and l.key = s.key)) "
    "select id, at from stored"};

// Behind three columns that say whose they are, the head rows' own.
#define CALLBOARD_MAKE_HEADS                                                                                 \
  "insert into run (run_id, partition, workflow, definition, delivery, state, group_key, rate_key, parent, " \
  "created_at) select t.run_id, t.partition, d.workflow, d.id, t.delivery, "                                 \
  "case when t.group_key = '' and t.rate_key = '' then 2 else 0 end, "                                       \
  "nullif(t.group_key, ''), nullif(t.rate_key, ''), t.parent, "
#define CALLBOARD_GIVEN_HEADS(types, names)                                        \
  "from unnest(" types                                                             \
  ", $4::uuid[], $5::smallint[], $6::text[], $7::uuid[], $8::text[], $9::text[], " \
  "$10::uuid[]) as t (" names ", run_id, partition, definition, delivery, group_key, rate_key, parent) "

constexpr Statement kMakeHeads{
    "make_heads",
    CALLBOARD_MAKE_HEADS
    "now() " CALLBOARD_GIVEN_HEADS("$1::text[], $2::bytea[], $3::uuid[]", "kind, hash, maker")
    "left join definition d on d.hash = t.definition "
    "where " CALLBOARD_IS_MINE " on conflict do nothing returning run_id, created_at"};

// What hangs on a row is made where that very row stands. Both are one transaction, so that it is made once.
#define CALLBOARD_HANGS_ON \
  "join event e on e.run_id = t.by_run and e.key = t.by_key and e.writer = t.by_writer "

constexpr Statement kMakeHeadsOfRows{
    "make_heads_of_rows", CALLBOARD_MAKE_HEADS
    "e.at " CALLBOARD_GIVEN_HEADS("$1::uuid[], $2::text[], $3::bigint[]", "by_run, by_key, by_writer")
        CALLBOARD_HANGS_ON
    "left join definition d on d.hash = t.definition order by t.run_id on conflict do nothing"};

constexpr Statement kAppendOthers{
    "append_others",
    "with inserted as (insert into event (run_id, key, writer, type, data) "
    "select t.run_id, t.key, t.writer, t.type, t.data "
    "from unnest($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::smallint[], "
    "$8::bytea[]) as t (by_run, by_key, by_writer, run_id, key, writer, type, data) " CALLBOARD_HANGS_ON
    "join run r on r.run_id = t.run_id and r.closed_at is null "
    "order by t.run_id, t.key on conflict do nothing returning run_id) "
    "insert into inbox (partition, run_id) select distinct partition_of(run_id, $9::int), run_id from "
    "inserted"};

// Behind make_heads: a head row stands if and only if the arrival is mine. Its time is the time of d/0.
constexpr Statement kMakeCreated{
    "make_created",
    "insert into event (run_id, key, writer, type, data, at) "
    "select t.run_id, 'd/0', t.writer, 1, t.data, r.created_at "
    "from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as t (run_id, writer, data) "
    "join run r on r.run_id = t.run_id on conflict do nothing"};

// Behind make_heads too.
constexpr Statement kMakeLabels{
    "make_labels",
    "insert into run_label (run_id, name, value) select t.* "
    "from unnest($1::uuid[], $2::text[], $3::text[]) as t (run_id, name, value) "
    "where exists (select from run r where r.run_id = t.run_id) on conflict do nothing"};

constexpr Statement kTellOfRuns{
    "tell_of_runs",
    "insert into inbox (partition, run_id) select r.partition, r.run_id "
    "from unnest($1::uuid[]) as t (run_id) join run r on r.run_id = t.run_id where r.closed_at is null"};

// Behind store_deliveries, in its transaction: a delivery that another one made has held its events already,
// and they may have been fired since.
constexpr Statement kHoldEvents{
    "hold_events",
    "select hold_event(t.delivery, t.workflow, d.source, t.key, t.kind, t.wait * interval '1 us', "
    "t.longest * interval '1 us', t.size, octet_length(d.body), t.depth, t.untrusted, t.to_approve, "
    "$11::int, "
    "$12::bigint) "
    "from (select h.* from unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], "
    "$6::bigint[], $7::int[], $8::int[], $9::boolean[], $10::boolean[]) with ordinality "
    "as h (delivery, workflow, key, kind, wait, longest, size, depth, untrusted, to_approve, n) "
    "order by h.workflow, h.key, h.n) t "
    "cross join lateral (select v.source, v.body from delivery v where v.id = t.delivery "
    "and v.xmin = pg_current_xact_id()::xid) d"};

constexpr Statement kSettleHeld{
    "settle_held",
    "select settle_verdict(t.delivery, t.workflow, t.outcome, t.run, t.detail) "
    "from (select f.* from unnest($1::text[], $2::bytea[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], "
    "$7::uuid[], $8::text[]) as f (kind, hash, maker, delivery, workflow, outcome, run, detail) "
    "order by f.delivery) t where " CALLBOARD_IS_MINE};

constexpr Statement kDropHeld{
    "drop_held",
    "with gone as (delete from held h using unnest($1::text[], $2::bytea[], $3::uuid[], $4::bigint[]) "
    "as t (kind, hash, maker, id) where h.id = t.id and " CALLBOARD_IS_MINE
    " returning h.id) delete from held_event e using gone where e.held = gone.id"};

constexpr Statement kReadOrigins{"read_origins",
                                 "select t.i, o.fingerprint, o.maker, o.delivery, o.runs, o.at "
                                 "from unnest($1::text[], $2::bytea[]) with ordinality as t (kind, hash, i) "
                                 "join origin o on o.kind = t.kind and o.hash = t.hash"};

constexpr Statement kReadTimes{"read_times",
                               "select t.id, coalesce((select created_at from run where run_id = t.id), "
                               "(select at from delivery d where d.id = t.id)) "
                               "from unnest($1::uuid[]) as t (id)"};

std::span<const Statement* const> append_path_statements() {
  static constexpr std::array<const Statement*, 24> kAll{
      &kStoreBlobs,      &kAppend,           &kAppendAndTell,   &kAppendAndClose,  &kAppendCloseAndFill,
      &kAppendAndReopen, &kAppendAndMigrate, &kAdmit,           &kAdmitStep,       &kReadKeys,
      &kShareArrivals,   &kStoreOrigins,     &kMakeHeads,       &kMakeHeadsOfRows, &kMakeCreated,
      &kTellOfRuns,      &kAppendOthers,     &kStoreDeliveries, &kReadOrigins,     &kReadTimes,
      &kHoldEvents,      &kSettleHeld,       &kDropHeld,        &kMakeLabels};
  return kAll;
}

#undef CALLBOARD_INSERT_EVENTS
#undef CALLBOARD_CLOSE_HEADS
#undef CALLBOARD_ANSWER
#undef CALLBOARD_MAKE_HEADS
#undef CALLBOARD_GIVEN_HEADS
#undef CALLBOARD_IS_MINE
#undef CALLBOARD_HANGS_ON

}  // namespace callboard::log
