#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/engine/open_run.hpp"

namespace callboard::dispatcher {

/// Runs that steps start: finds out what is to be started, makes the row ready with which it is, and hands
/// the new runs over once that row is committed. All that lasts is in that one transaction. On the loop.
class Children {
 public:
  struct Hooks {
    std::function<OpenRun*(const RunId&, std::uint64_t serial)> find;  // in memory as it was then, or null
    std::function<void(OpenRun&)> touch;
    std::function<void(const log::NewRun&, const GraphPtr&, std::shared_ptr<const Value> event, Time at)>
        adopt;
    std::function<void(const run::Event&)> notice;  // an event of another run
    std::function<void()> told;                     // other runs were told something: see the inbox
  };
  Children(const Engine::Ports& ports, Writers& writers, Partition partitions, Hooks hooks)
      : ports_(ports), writers_(writers), partitions_(partitions), hooks_(std::move(hooks)) {}

  /// Puts the answer into OpenRun::prepared, and the step into attention.
  void prepare(OpenRun& run, const run::StartRun& asked);
  /// What hangs on the row.
  void attach(OpenRun& run, const run::DecisionRow& row, log::Append& append);

  /// What hung on a row, for when its fate is known.
  struct Hung {
    std::vector<ReadyRun> runs;
    std::vector<log::EventLog::KeyOf> others;
  };
  Hung take(OpenRun& run, const run::DecisionRow& row);
  /// The row stands, at that time.
  void committed(Hung hung, Time at);

  /// Commands that hang on no row. Each stays where it was, however often it is given.
  void tell(const run::Told& told);

 private:
  void found(const RunId& id, std::uint64_t serial, run::StartRun asked, Result<Callees::Callee> callee);
  void make(OpenRun& run, run::StartRun asked, Callees::Callee callee, std::shared_ptr<const Value> event);
  void refuse(OpenRun& run, run::StartRun asked, run::ErrorClass error_class, std::string message);
  void answer(OpenRun& run, run::Prepared prepared);
  void ask_again(const RunId& id, std::uint64_t serial, run::StartRun asked);
  Result<ReadyRun> make_run(const OpenRun& run, const run::StartRun& asked, const Callees::Callee& callee,
                            std::shared_ptr<const Value> event);

  const Engine::Ports& ports_;
  Writers& writers_;
  Partition partitions_;
  Hooks hooks_;
};

}  // namespace callboard::dispatcher
