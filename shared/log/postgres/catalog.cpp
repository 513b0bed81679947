#include "shared/log/postgres/catalog.hpp"

namespace callboard::log {
namespace {

constexpr Statement kStore{
    "store_definition",
    "with named as (insert into workflow (slug) values ($1::text) "
    "  on conflict (slug) do update set slug = excluded.slug returning id) "
    "insert into definition (workflow, hash, name, version, format, body) "
    "select id, $2::text, $3::text, $4::text, $5::text, $6::bytea from named on conflict (hash) do nothing"};
constexpr Statement kMakeCurrent{
    "make_current",
    "with named as (select d.id, d.workflow from definition d where d.hash = $1::text), "
    "left_by_file as (update workflow w set current = null, file = null from named n "
    "  where w.file = nullif($2::text, '') and w.id <> n.workflow) "
    "update workflow w set current = n.id, "
    "  file = case when $2::text = '' and w.current = n.id then w.file else nullif($2::text, '') end "
    "from named n where w.id = n.workflow"};
constexpr Statement kRetire{"retire",
                            "update workflow set current = null, file = null "
                            "where slug = $1::text and file = $2::text and current is not null returning id"};

#define CALLBOARD_DEFINITION(body)                                                                       \
  "select w.slug, d.name, d.version, d.hash, d.format, d.at, w.current is not distinct from d.id, " body \
  ", case when w.current = d.id then coalesce(w.file, '') else '' end "                                  \
  "from definition d join workflow w on w.id = d.workflow "
constexpr Statement kLoad{"load_definition", CALLBOARD_DEFINITION("d.body") "where d.hash = $1::text"};
constexpr Statement kCurrent{"current_definitions",
                             CALLBOARD_DEFINITION("d.body") "where w.current = d.id order by w.slug"};
constexpr Statement kVersions{"versions",
                              CALLBOARD_DEFINITION("''::bytea") "where w.slug = $1::text order by d.id desc"};
#undef CALLBOARD_DEFINITION

Definition read_definition(const Rows& rows, int row) {
  Definition definition;
  definition.slug = rows.text(row, 0);
  definition.name = rows.text(row, 1);
  definition.version = rows.text(row, 2);
  definition.hash = rows.text(row, 3);
  definition.format = rows.text(row, 4);
  definition.at = rows.time(row, 5);
  definition.current = rows.boolean(row, 6);
  definition.body = rows.text(row, 7);
  definition.file = rows.text(row, 8);
  return definition;
}

Result<Definition> load_one(Session& session, const std::string& hash) {
  const auto rows = session.run(kLoad, Params().add_bytes(hash));
  if (!rows) return failed<Definition>(rows);
  if (rows->size() == 0) return fail(ErrorCode::not_found, "there is no definition " + hash);
  return read_definition(*rows, 0);
}

Result<std::vector<Definition>> load_many(Session& session, const Statement& statement,
                                          const Params& params) {
  const auto rows = session.run(statement, params);
  if (!rows) return failed<std::vector<Definition>>(rows);
  return read_each(*rows, [&](int row) { return read_definition(*rows, row); });
}

}  // namespace

void PostgresCatalog::store(Definition definition, Done<Definition> done) {
  readers_.run<Definition>(
      [definition = std::move(definition)](Session& session) -> Result<Definition> {
        Params params;
        params.add_bytes(definition.slug).add_bytes(definition.hash).add_bytes(definition.name);
        params.add_bytes(definition.version).add_bytes(definition.format).add_bytes(definition.body);
        if (const auto stored = session.run(kStore, params); !stored) return failed<Definition>(stored);
        if (definition.current) {
          const auto named =
              session.run(kMakeCurrent, Params().add_bytes(definition.hash).add_bytes(definition.file));
          if (!named) return failed<Definition>(named);
        }
        return load_one(session, definition.hash);
      },
      std::move(done));
}

void PostgresCatalog::retire(std::string slug, std::string file, Done<bool> done) {
  readers_.run<bool>(
      [slug = std::move(slug), file = std::move(file)](Session& session) -> Result<bool> {
        const auto rows = session.run(kRetire, Params().add_bytes(slug).add_bytes(file));
        if (!rows) return failed<bool>(rows);
        return rows->size() > 0;
      },
      std::move(done));
}

void PostgresCatalog::load(std::string hash, Done<Definition> done) {
  readers_.run<Definition>([hash = std::move(hash)](Session& session) { return load_one(session, hash); },
                           std::move(done));
}

void PostgresCatalog::current(Done<std::vector<Definition>> done) {
  readers_.run<std::vector<Definition>>([](Session& session) { return load_many(session, kCurrent, {}); },
                                        std::move(done));
}

void PostgresCatalog::versions(std::string slug, Done<std::vector<Definition>> done) {
  readers_.run<std::vector<Definition>>(
      [slug = std::move(slug)](Session& session) {
        return load_many(session, kVersions, Params().add_bytes(slug));
      },
      std::move(done));
}

}  // namespace callboard::log
