#include "shared/log/postgres/run_ends.hpp"

namespace callboard::log {
namespace {

constexpr Statement kListen{"listen_to_ends",
                            "insert into listened (slug) select unnest($1::text[]) on conflict do nothing"};
constexpr Statement kRead{"read_run_ends",
                          "select partition, run_id, decision from run_end where partition = any "
                          "($1::smallint[]) order by partition, run_id, decision limit $2::int"};
constexpr Statement kRemove{
    "remove_run_ends",
    "delete from run_end e using unnest($1::smallint[], $2::uuid[], $3::int[]) as t (partition, run_id, "
    "decision) where e.partition = t.partition and e.run_id = t.run_id and e.decision = t.decision"};

}  // namespace

void PostgresRunEnds::listen(std::vector<std::string> workflows, Done<bool> done) {
  ArrayWriter slugs(PgType::text, workflows.size(), workflows.size() * 32);
  for (const std::string& slug : workflows) slugs.add(slug);
  const Params params = Params().add_bytes(std::move(slugs).take());
  readers_.run<bool>(
      [params](Session& session) -> Result<bool> {
        const auto listened = session.run(kListen, params);
        if (!listened) return failed<bool>(listened);
        return true;
      },
      std::move(done));
}

void PostgresRunEnds::read(std::vector<Partition> partitions, int limit, Done<std::vector<End>> done) {
  ArrayWriter wanted(PgType::int2, partitions.size(), partitions.size() * 2);
  for (const Partition partition : partitions) wanted.add(static_cast<std::int16_t>(partition));
  const Params params = Params().add_bytes(std::move(wanted).take()).add(static_cast<std::int32_t>(limit));
  readers_.run<std::vector<End>>(
      [params](Session& session) -> Result<std::vector<End>> {
        const auto rows = session.run(kRead, params);
        if (!rows) return failed<std::vector<End>>(rows);
        return read_each(*rows, [&](int row) {
          return End{static_cast<Partition>(rows->int2(row, 0)), RunId{rows->uuid(row, 1)},
                     static_cast<std::uint32_t>(rows->int4(row, 2))};
        });
      },
      std::move(done));
}

void PostgresRunEnds::remove(std::vector<End> ends, Done<bool> done) {
  ArrayWriter partitions(PgType::int2, ends.size(), ends.size() * 2);
  ArrayWriter runs(PgType::uuid, ends.size(), ends.size() * 16);
  ArrayWriter decisions(PgType::int4, ends.size(), ends.size() * 4);
  for (const End& end : ends) {
    partitions.add(static_cast<std::int16_t>(end.partition));
    runs.add(end.run.uuid);
    decisions.add(static_cast<std::int32_t>(end.decision));
  }
  Params params;
  params.add_bytes(std::move(partitions).take()).add_bytes(std::move(runs).take());
  params.add_bytes(std::move(decisions).take());
  readers_.run<bool>(
      [params = std::move(params)](Session& session) -> Result<bool> {
        const auto removed = session.run(kRemove, params);
        if (!removed) return failed<bool>(removed);
        return true;
      },
      std::move(done));
}

}  // namespace callboard::log
