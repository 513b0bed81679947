#include "shared/log/postgres/library.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/labels.hpp"
#include "shared/log/postgres/verdicts.hpp"

namespace callboard::log {
namespace {

constexpr const char* kHeads =
    "select r.run_id, w.slug, d.version, d.hash, r.state, r.created_at, r.closed_at, r.delivery, "
    "(select json_object_agg(l.name, l.value order by l.name)::text from run_label l where l.run_id = "
    "r.run_id) "
    "from run r join definition d on d.id = r.definition join workflow w on w.id = d.workflow ";
constexpr const char* kDeliveries =
    "select id, source, external_id, event, at, verdicts, matched_against, ''::bytea, ''::bytea from "
    "delivery ";
constexpr Statement kDelivery{"delivery",
                              "select id, source, external_id, event, at, verdicts, matched_against, "
                              "headers, body from delivery where id = $1::uuid"};

// The type as it stands in the index's condition: a parameter would not let the planner use it.
constexpr const char* kLost =
    "select e.run_id, e.key, e.type, e.writer, e.position, e.at, whole(e.run_id, e.data), w.slug "
    "from event e join run r on r.run_id = e.run_id and e.type = 24 join workflow w on w.id = r.workflow ";

/// A statement of the conditions asked for only, so that each combination has a plan of its own.
class Filter {
 public:
  explicit Filter(std::string name) : name_(std::move(name)) {}

  /// `condition` with its parameters in order, each written $.
  template <typename... T>
  void add(const char* letter, std::string_view condition, const T&... values) {
    std::size_t number = params_.values().size();
    (add_value(values), ...);
    name_ += letter;
    sql_ += sql_.empty() ? "where " : "and ";
    for (const char c : condition) {
      sql_ += c;
      if (c == '$') sql_ += std::to_string(++number);
    }
    sql_ += ' ';
  }

  PgResult<Rows> run(Session& session, const char* select, const std::string& rest, int limit) {
    // One more than a page holds tells whether there is a next one.
    params_.add(static_cast<std::int32_t>(std::clamp(limit, 1, limits::kPageMost + 1)));
    const std::string sql =
        select + sql_ + rest + " limit $" + std::to_string(params_.values().size()) + "::int";
    return session.run({name_.c_str(), sql.c_str()}, params_);
  }

 private:
  template <typename T>
  void add_value(const T& value) {
    if constexpr (std::is_same_v<T, std::string>)
      params_.add_bytes(value);
    else
      params_.add(value);
  }

  std::string name_;
  std::string sql_;
  Params params_;
};

RunHead read_head(const Rows& rows, int row) {
  RunHead head;
  head.id = RunId{rows.uuid(row, 0)};
  head.workflow = rows.text(row, 1);
  head.version = rows.text(row, 2);
  head.hash = rows.text(row, 3);
  head.phase = static_cast<run::RunPhase>(rows.int2(row, 4));
  head.created_at = rows.time(row, 5);
  head.closed_at = rows.find_time(row, 6);
  if (const auto delivery = rows.find_uuid(row, 7)) head.delivery = DeliveryId{*delivery};
  if (!rows.is_null(row, 8)) head.labels = read_labels(rows.text(row, 8));
  return head;
}

Result<Delivery> read_delivery(const Rows& rows, int row) {
  auto verdicts = decode_verdicts(rows.bytes(row, 5));
  if (!verdicts) return std::unexpected(verdicts.error());
  Delivery delivery;
  delivery.id = DeliveryId{rows.uuid(row, 0)};
  delivery.source = rows.text(row, 1);
  delivery.external_id = rows.text(row, 2);
  delivery.event = rows.text(row, 3);
  delivery.at = rows.time(row, 4);
  delivery.verdicts = std::move(*verdicts);
  delivery.matched_against = rows.text(row, 6);
  delivery.headers = rows.text(row, 7);
  delivery.body = rows.text(row, 8);
  return delivery;
}

void add_labels(Filter& filter, const Library::RunFilter& asked) {
  for (const Library::RunFilter::Label& label : asked.labels) {
    if (label.value) {
      filter.add("l",
                 "exists (select from run_label l where l.run_id = r.run_id and l.name = $::text and l.value "
                 "= $::text)",
                 label.name, *label.value);
    } else {
      filter.add("n", "exists (select from run_label l where l.run_id = r.run_id and l.name = $::text)",
                 label.name);
    }
  }
}

/// Times bound ids too, which the index knows: an id is made within an hour of its row.
void add_times(Filter& filter, const Library::RunFilter& asked) {
  using namespace std::chrono_literals;
  if (asked.since) {
    filter.add("s", "r.created_at >= $::timestamptz", *asked.since);
    filter.add("", "r.run_id >= first_uuid($::timestamptz)", *asked.since - 1h);
  }
  if (asked.until) {
    filter.add("u", "r.created_at < $::timestamptz", *asked.until);
    filter.add("", "r.run_id < first_uuid($::timestamptz)", *asked.until + 1h);
  }
}

}  // namespace

void PostgresLibrary::runs(RunFilter asked, Done<std::vector<RunHead>> done) {
  readers_.run<std::vector<RunHead>>(
      [asked = std::move(asked)](Session& session) -> Result<std::vector<RunHead>> {
        Filter filter("runs_");
        if (asked.phase) filter.add("p", "r.state = $::smallint", static_cast<std::int16_t>(*asked.phase));
        if (!asked.workflow.empty()) {
          filter.add("w", "r.workflow = (select id from workflow where slug = $::text)", asked.workflow);
        }
        add_times(filter, asked);
        add_labels(filter, asked);
        if (asked.parent) filter.add("c", "r.parent = $::uuid", asked.parent->uuid);
        if (asked.before) filter.add("b", "r.run_id < $::uuid", asked.before->uuid);
        const auto rows = filter.run(session, kHeads, "order by r.run_id desc", asked.limit);
        if (!rows) return failed<std::vector<RunHead>>(rows);
        return read_each(*rows, [&](int row) { return read_head(*rows, row); });
      },
      std::move(done));
}

void PostgresLibrary::run(const RunId& run, Done<RunHead> done) {
  readers_.run<RunHead>(
      [run](Session& session) -> Result<RunHead> {
        Filter filter("run_");
        filter.add("i", "r.run_id = $::uuid", run.uuid);
        const auto rows = filter.run(session, kHeads, "", 1);
        if (!rows) return failed<RunHead>(rows);
        if (rows->size() == 0) return fail(ErrorCode::not_found, "there is no run " + to_string(run));
        return read_head(*rows, 0);
      },
      std::move(done));
}

void PostgresLibrary::deliveries(std::optional<DeliveryId> before, std::string source, int limit,
                                 Done<std::vector<Delivery>> done) {
  readers_.run<std::vector<Delivery>>(
      [before, source = std::move(source), limit](Session& session) -> Result<std::vector<Delivery>> {
        Filter filter("deliveries_");
        if (before) filter.add("b", "id < $::uuid", before->uuid);
        if (!source.empty()) filter.add("s", "source = $::text", source);
        const auto rows = filter.run(session, kDeliveries, "order by id desc", limit);
        if (!rows) return failed<std::vector<Delivery>>(rows);
        std::vector<Delivery> out;
        for (int row = 0; row < rows->size(); ++row) {
          auto delivery = read_delivery(*rows, row);
          if (!delivery) return std::unexpected(delivery.error());
          out.push_back(std::move(*delivery));
        }
        return out;
      },
      std::move(done));
}

void PostgresLibrary::delivery(const DeliveryId& id, Done<Delivery> done) {
  readers_.run<Delivery>(
      [id](Session& session) -> Result<Delivery> {
        const auto rows = session.run(kDelivery, Params().add(id));
        if (!rows) return failed<Delivery>(rows);
        if (rows->size() == 0) return fail(ErrorCode::not_found, "there is no delivery " + to_string(id));
        return read_delivery(*rows, 0);
      },
      std::move(done));
}

void PostgresLibrary::lost_attempts(LostFilter asked, Done<std::vector<LostAttempt>> done) {
  readers_.run<std::vector<LostAttempt>>(
      [asked = std::move(asked)](Session& session) -> Result<std::vector<LostAttempt>> {
        Filter filter("lost_");
        if (!asked.workflow.empty()) filter.add("w", "w.slug = $::text", asked.workflow);
        if (asked.since) filter.add("s", "e.at >= $::timestamptz", *asked.since);
        if (asked.until) filter.add("u", "e.at < $::timestamptz", *asked.until);
        if (asked.before) {
          filter.add("b", "(e.run_id, e.key) < ($::uuid, $::text)", asked.before->run.uuid,
                     asked.before->key);
        }
        const auto rows = filter.run(session, kLost, "order by e.run_id desc, e.key desc", asked.limit);
        if (!rows) return failed<std::vector<LostAttempt>>(rows);
        return read_each(*rows,
                         [&](int row) { return LostAttempt{rows->text(row, 7), read_event(*rows, row)}; });
      },
      std::move(done));
}

}  // namespace callboard::log
