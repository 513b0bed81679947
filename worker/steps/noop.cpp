#include "worker/steps/noop.hpp"

#include <utility>

#include "shared/value/read.hpp"
#include "worker/life.hpp"

namespace callboard::worker {
namespace {

class Holding final : public Execution {
 public:
  Holding(Loop& loop, Micros duration, StepDone done) : loop_(loop), done_(std::move(done)) {
    timer_ = loop_.after(duration, [this] { end(completed(Object())); });
  }
  ~Holding() override { loop_.cancel(timer_); }

  void stop(Stop) override {
    if (std::exchange(stopping_, true)) return;
    loop_.cancel(std::exchange(timer_, 0));
    loop_.post(life_.guard([this] { end(failed(run::ErrorClass::cancelled, "stopped")); }));
  }

 private:
  void end(run::Outcome outcome) {
    timer_ = 0;
    if (done_) std::exchange(done_, nullptr)(std::move(outcome));
  }

  Loop& loop_;
  StepDone done_;
  Loop::TimerId timer_ = 0;
  bool stopping_ = false;
  Life life_;
};

class Noop final : public Executor {
 public:
  explicit Noop(Loop& loop) : loop_(loop) {}
  std::string_view name() const override { return "noop"; }

  Begun begin(StepCall call, StepDone done) override {
    const Value* duration = find(&call.params, "for");
    if (duration == nullptr || duration->is_null()) return completed(Object());
    const auto parsed = duration->is_string() ? parse_duration(duration->get_string()) : std::nullopt;
    if (!parsed) return failed(run::ErrorClass::validation, "`for` is a duration such as 250ms or 30s");
    return std::make_unique<Holding>(loop_, *parsed, std::move(done));
  }

 private:
  Loop& loop_;
};

}  // namespace

std::unique_ptr<Executor> make_noop(Loop& loop) { return std::make_unique<Noop>(loop); }

}  // namespace callboard::worker
