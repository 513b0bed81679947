#include "shared/log/postgres/link_key.hpp"

namespace callboard::log {
namespace {

constexpr Statement kRead{"read_link_key", "select value from setting where name = 'link_key'"};

}  // namespace

void PostgresLinkKey::read(Done<std::string> done) {
  readers_.run<std::string>(
      [](Session& session) -> Result<std::string> {
        const auto rows = session.run(kRead, {});
        if (!rows) return failed<std::string>(rows);
        if (rows->size() == 0) return fail(ErrorCode::not_found, "the database has no key for links");
        return rows->text(0, 0);
      },
      std::move(done));
}

}  // namespace callboard::log
