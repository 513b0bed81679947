#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/faults.hpp"
#include "tests/sim/people.hpp"
#include "tests/sim/sim_worker.hpp"
#include "tests/sim/workflows.hpp"

namespace callboard::test {

/// One seed: two dispatchers and two workers on one database and one bus, faults for a while, then calm until
/// every run has ended. Everything follows from the seed.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, bool is_talkative = false);
  ~Simulation();

  /// What is wrong, one line each; empty if all holds.
  std::vector<std::string> run();
  std::string summary() const;
  /// Simulated, so far.
  Micros passed() const;

 private:
  /// How fast things happen. Most seeds are short and dense; one in kSlowOf lasts for days, in which runs
  /// sleep for hours and are parked, and leases, clocks and comparisons go round and round.
  struct Pace {
    std::chrono::seconds unit;  // of sleeps and time-outs of runs
    Micros faults_for;
    std::chrono::milliseconds between_acts;  // at most
    Micros calm_at_most;                     // in which no run ends
    Micros help_each;
    Micros between_looks;  // at what every listener must have heard, which takes reading its run
  };
  static constexpr std::uint64_t kSlowOf = 50;
  /// How long something may go unnoticed, or a wait be without a reason: until the next comparison of open
  /// runs.
  static constexpr Micros kUnexplainedAtMost = limits::kOpenRunsCheck + std::chrono::seconds(10);
  static Pace pace_of(std::uint64_t seed);

  struct Process {
    std::unique_ptr<SimDispatcher> dispatcher;
    std::unique_ptr<SimWorker> worker;
    bool is_dispatcher = false;
    Steady back_at{};                 // dead: when it starts again
    std::optional<Steady> thaw_at{};  // frozen until then

    bool is_up() const { return dispatcher || worker; }
    SimLoop& loop() { return dispatcher ? dispatcher->loop() : worker->loop(); }
    SimClock& clock() { return dispatcher ? dispatcher->clock() : worker->clock(); }
  };

  void begin(Process& process);
  void kill(Process& process);
  void pass(Micros duration);
  void act();
  void harm_process();
  void harm_bus();
  void harm_fold();
  void store_fold();
  void start_run();
  void send_again();
  void send_event();
  void ask();
  void ask_of_all();
  void tend();
  void calm_down();
  void wait_for_the_end();
  SimDispatcher* some_dispatcher();

  // Checks
  void check_reasons();
  bool is_true(const dispatcher::Engine::Reason& reason) const;
  void check_published(const Process& process, const topics::Job& job);
  void check_acked(const topics::Job& job);
  void check_inbox();
  void check_places();
  void check_queues();
  void check_listeners();
  void check_heard();
  void check_turns();
  void check_rates();
  void check_rate(const std::string& name, const SimRate& rate, std::vector<Time> begins);
  void check_turn(const topics::Job& job);
  void check_causes();
  void check_end();
  void watch(SimDispatcher& dispatcher);
  void compare(const RunId& run, const run::Graph& graph, const run::RunState& live);
  void complain(std::string what);
  void say(const std::string& what) const;

  std::uint64_t seed_;
  bool is_talkative_;
  Pace pace_;
  SimRandom random_;
  Weather weather_;
  SimHouse house_;
  People people_;
  Executions executions_;
  std::deque<Process> processes_;  // a dispatcher keeps the address of its own
  std::vector<std::string> workflows_;
  std::vector<std::pair<std::string, std::string>> causes_;  // and the workflow that each starts
  std::set<RunId> accepted_;
  std::set<std::pair<Incarnation, RunId>> watched_;
  decltype(log::MemoryTables::inbox) inbox_;   // as it was a step ago
  decltype(log::MemoryTables::slots) slots_;   // likewise
  std::int64_t admissions_ = 0;                // the last position that was looked at for them
  std::map<std::string, Steady> free_beside_;  // groups with a free place and a run that waits, since when
  Steady look_at_heard_at_{};
  std::pair<std::int64_t, std::size_t> listeners_looked_at_{};  // the last position, and how many there were
  /// What listens to a delivery and is not told of it, since when.
  std::map<std::pair<log::Listeners::Name, DeliveryId>, Steady> unheard_;
  std::map<RunId, Steady> unexplained_;  // open and without a reason, since when
  std::optional<topics::MemoryStream> backup_;
  std::optional<Steady> bus_back_at_;
  std::vector<std::string> complaints_;
  std::uint64_t last_life_ = 0;
  std::uint32_t kills_ = 0;
  std::uint32_t freezes_ = 0;
  std::uint32_t wipes_ = 0;
};

}  // namespace callboard::test
