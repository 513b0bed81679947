#include "worker/steps/executor.hpp"

#include <utility>

#include "shared/base/check.hpp"
#include "shared/value/write.hpp"

namespace callboard::worker {

std::string StepCall::idempotency_key() const {
  return to_string(run) + "/" + step + "/" + std::to_string(generation);
}

void Executors::add(std::unique_ptr<Executor> executor) {
  CALLBOARD_CHECK(find(executor->name()) == nullptr);
  all_.push_back(std::move(executor));
}

Executor* Executors::find(std::string_view name) const {
  for (const auto& executor : all_) {
    if (executor->name() == name) return executor.get();
  }
  return nullptr;
}

std::vector<std::string_view> Executors::names() const {
  std::vector<std::string_view> names;
  for (const auto& executor : all_) names.push_back(executor->name());
  return names;
}

std::string text_of(const Value& param) {
  if (param.is_null()) return {};
  return param.is_string() ? std::string(param.get_string()) : write_json(param);
}

run::Outcome completed(const Value& result) {
  run::Outcome outcome;
  outcome.result = write_json(result);
  return outcome;
}

run::Outcome failed(run::ErrorClass error_class, std::string message) {
  run::Outcome outcome;
  outcome.type = run::EventType::step_failed;
  outcome.error = {error_class, std::move(message)};
  return outcome;
}

}  // namespace callboard::worker
