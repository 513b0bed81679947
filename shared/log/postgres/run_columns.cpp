#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"

namespace callboard::log {

HeadColumns::HeadColumns(std::size_t count)
    : runs_(PgType::uuid, count, count * 16),
      partitions_(PgType::int2, count, count * 2),
      definitions_(PgType::text, count, count * 64),
      deliveries_(PgType::uuid, count, count * 16),
      groups_(PgType::text, count, count * 8),
      rates_(PgType::text, count, count * 8),
      parents_(PgType::uuid, count, count * 16) {}

void HeadColumns::add(const NewRun& run, const std::optional<DeliveryId>& own) {
  runs_.add(run.id.uuid);
  partitions_.add(static_cast<std::int16_t>(run.partition));
  definitions_.add(run.hash);
  add_id(deliveries_, run.delivery ? run.delivery : own);
  groups_.add(run.group);
  rates_.add(run.rate);
  add_id(parents_, run.parent);
}

void HeadColumns::take(Query& query) && {
  for (ArrayWriter* column :
       {&runs_, &partitions_, &definitions_, &deliveries_, &groups_, &rates_, &parents_})
    query.params.push_back(std::move(*column).take());
}

LabelColumns::LabelColumns(std::size_t count)
    : runs_(PgType::uuid, count, count * 16),
      names_(PgType::text, count, count * 8),
      values_(PgType::text, count, count * 16) {}

void LabelColumns::add(const NewRun& run) {
  for (const run::Label& label : run.labels) {
    runs_.add(run.id.uuid);
    names_.add(label.name);
    values_.add(label.value);
  }
}

Query LabelColumns::take() && {
  return {&kMakeLabels, {std::move(runs_).take(), std::move(names_).take(), std::move(values_).take()}};
}

}  // namespace callboard::log
