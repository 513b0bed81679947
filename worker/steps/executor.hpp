#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/run/event.hpp"
#include "shared/value/value.hpp"

namespace callboard::worker {

/// One attempt of a step, as its executor sees it.
struct StepCall {
  RunId run;
  std::string workflow;  // slug, for people
  std::uint32_t generation = 1;
  std::string step;  // its key, with the item of a map: build[3]
  std::uint32_t attempt = 1;
  Value params;                              // rendered, secrets filled in
  std::vector<std::string> secret_pointers;  // RFC 6901: the strings of `params` that hold a secret
  run::Effect effect = run::Effect::none;
  Micros timeout{};   // the job loop keeps it; executors pass it on to what they talk to
  std::string trace;  // W3C traceparent, or empty
  /// Called, on whatever thread, whenever the execution shows that it gets on; empty where nobody asks.
  std::function<void()> show_life = {};

  /// The same for every attempt: what an idempotent receiver needs to recognise a repetition.
  std::string idempotency_key() const;
};

/// How an execution is to stop.
enum class Stop : std::uint8_t {
  gracefully,  // a chance to end by itself, at most limits::kCancelGrace
  at_once,     // now
};

/// A step that is being executed. Destroying it before it is done ends what it began at once, as far as that
/// needs no waiting.
class Execution {
 public:
  virtual ~Execution() = default;
  /// Asked to stop, it still calls its StepDone, and not before what it began has ended: the process group is
  /// gone, the connection closed. May be called more than once; harmless once done.
  virtual void stop(Stop how) = 0;
};

/// Called once, on the loop, in no stack of the executor's: whoever is called may destroy the Execution.
using StepDone = std::move_only_function<void(run::Outcome)>;

/// What begin() answers: the outcome of a step that needs no waiting, or the execution that will tell it.
using Begun = std::variant<run::Outcome, std::unique_ptr<Execution>>;

/// Executes the steps of one type. Stateless between steps; on the loop; never throws and never blocks.
class Executor {
 public:
  virtual ~Executor() = default;
  /// As in the workflow file, and as in its description (shared/workflow/executors).
  virtual std::string_view name() const = 0;
  virtual Begun begin(StepCall call, StepDone done) = 0;
};

/// The executors of a process, by name.
class Executors {
 public:
  void add(std::unique_ptr<Executor> executor);
  Executor* find(std::string_view name) const;
  std::vector<std::string_view> names() const;  // in the order added

 private:
  std::vector<std::unique_ptr<Executor>> all_;
};

/// What a param is as a text: itself, nothing where it is null (what an expression found nowhere), else JSON.
std::string text_of(const Value& param);

run::Outcome completed(const Value& result);
run::Outcome failed(run::ErrorClass error_class, std::string message);

}  // namespace callboard::worker
