#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"

namespace callboard::log {

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
