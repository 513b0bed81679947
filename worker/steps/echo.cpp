#include "worker/steps/echo.hpp"

namespace callboard::worker {
namespace {

class Echo final : public Executor {
 public:
  std::string_view name() const override { return "echo"; }
  Begun begin(StepCall call, StepDone) override { return completed(call.params); }
};

}  // namespace

std::unique_ptr<Executor> make_echo() { return std::make_unique<Echo>(); }

}  // namespace callboard::worker
