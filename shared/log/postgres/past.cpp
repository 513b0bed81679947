#include "shared/log/postgres/past.hpp"

#include "shared/log/postgres/binary.hpp"
#include "shared/log/postgres/verdicts.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::log {
namespace {

constexpr Statement kRead{
    "read_past",
    "select id, source, external_id, event, at, headers, verdicts from delivery "
    "where id >= first_uuid($1::timestamptz) and id < first_uuid($2::timestamptz) and id > $3::uuid "
    "and ($4::text = '' or source = $4::text) order by id limit $5::int"};

constexpr Statement kFindMade{
    "find_made",
    "select exists (select from origin o where o.kind = $1::text and o.hash = t.hash) "
    "from unnest($2::bytea[]) with ordinality as t (hash, n) order by t.n"};

Result<Delivery> read_delivery(const Rows& rows, int row) {
  auto verdicts = decode_verdicts(rows.bytes(row, 6));
  if (!verdicts) return std::unexpected(std::move(verdicts.error()));
  return Delivery{.id = DeliveryId{rows.uuid(row, 0)},
                  .source = rows.text(row, 1),
                  .external_id = rows.text(row, 2),
                  .event = rows.text(row, 3),
                  .at = rows.time(row, 4),
                  .headers = rows.text(row, 5),
                  .body = {},
                  .verdicts = std::move(*verdicts),
                  .matched_against = {}};
}

}  // namespace

void PostgresPast::read(Range range, Done<std::vector<Delivery>> done) {
  Params params = Params().add(range.since).add(range.until);
  params.add(range.after.value_or(DeliveryId{})).add_bytes(range.source);
  params.add(static_cast<std::int32_t>(range.limit));
  readers_.run<std::vector<Delivery>>(
      [params](Session& session) -> Result<std::vector<Delivery>> {
        const auto rows = session.run(kRead, params);
        if (!rows) return failed<std::vector<Delivery>>(rows);
        std::vector<Delivery> out;
        for (int row = 0; row < rows->size(); ++row) {
          auto delivery = read_delivery(*rows, row);
          if (!delivery) return std::unexpected(std::move(delivery.error()));
          out.push_back(std::move(*delivery));
        }
        return out;
      },
      std::move(done));
}

void PostgresPast::find_made(std::string kind, std::vector<std::string> origins,
                             Done<std::vector<bool>> done) {
  ArrayWriter hashes(PgType::bytes, origins.size(), origins.size() * sizeof(Sha256));
  for (const std::string& origin : origins) {
    const Sha256 hash = sha256(origin);
    hashes.add(std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
  }
  const Params params = Params().add_bytes(std::move(kind)).add_bytes(std::move(hashes).take());
  readers_.run<std::vector<bool>>(
      [params](Session& session) -> Result<std::vector<bool>> {
        const auto rows = session.run(kFindMade, params);
        if (!rows) return failed<std::vector<bool>>(rows);
        std::vector<bool> out;
        out.reserve(static_cast<std::size_t>(rows->size()));
        for (int row = 0; row < rows->size(); ++row) out.push_back(rows->boolean(row, 0));
        return out;
      },
      std::move(done));
}

}  // namespace callboard::log
