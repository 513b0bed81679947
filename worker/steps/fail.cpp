#include "worker/steps/fail.hpp"

#include <string>

#include "shared/value/read.hpp"

namespace callboard::worker {
namespace {

class Fail final : public Executor {
 public:
  std::string_view name() const override { return "fail"; }

  Begun begin(StepCall call, StepDone) override {
    const std::string_view name = find_text(&call.params, "class", "internal");
    const auto error_class = run::parse_error_class(name);
    if (!error_class) {
      return failed(run::ErrorClass::validation, "`class` is no error class: " + std::string(name));
    }
    return failed(*error_class, std::string(find_text(&call.params, "message", "failed as told")));
  }
};

}  // namespace

std::unique_ptr<Executor> make_fail() { return std::make_unique<Fail>(); }

}  // namespace callboard::worker
