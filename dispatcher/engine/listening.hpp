#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dispatcher/engine/heard_events.hpp"
#include "dispatcher/engine/partitions.hpp"
#include "dispatcher/engine/runs.hpp"
#include "shared/log/listeners.hpp"

namespace callboard::dispatcher {

/// Has the log tell of events that runs listen to, and looks back over what came before it did: first the
/// listener stands, then every delivery since is held against the run, then the listener is secured, so that
/// no later owner looks back again. On the loop.
class Listening {
 public:
  /// `told`: a fact for a run of ours was appended with an inbox row.
  Listening(const Engine::Ports& ports, const Incarnation& self, Writers& writers,
            const Partitions& partitions, Runs& runs, HeardEvents& events, std::function<void()> told);

  /// What decide says; what stands already is passed over.
  void listen(OpenRun& run, const std::vector<run::Listen>& listens);
  /// Appends the fact that tells the run of an event that was taken; once for everyone.
  void tell(const RunId& run, const run::EventRow& told, std::function<void(bool done)> done);
  void stop();

 private:
  /// A target of one stay of a run in memory.
  struct Wish {
    RunId run;
    std::uint64_t serial = 0;
    std::string target;
    Time since{};
  };
  /// How far the look back for one of them has come.
  struct Back {
    Wish wish;
    std::vector<std::pair<std::string, std::string>> keys;  // source and key
    std::size_t key = 0;                                    // of those, the one at hand
    std::optional<DeliveryId> after;
    std::vector<DeliveryId> page;
    std::size_t at = 0;  // in the page
    std::uint32_t seen = 0;
    bool is_last_page = false;
  };
  using BackPtr = std::shared_ptr<Back>;  // shared with the callbacks of its one question

  OpenRun* find(const Wish& wish);
  void stand_soon();
  void stand();
  void stood(std::vector<Wish> wishes, const Result<std::vector<log::Listeners::Name>>& secured);
  void begin_backs();
  void go_on(const BackPtr& back);
  void read_page(const BackPtr& back);
  void hold(const BackPtr& back, const DeliveryId& delivery);
  void tell_and_end(const BackPtr& back, const run::EventRow& told);
  void again(const BackPtr& back);
  void end(const BackPtr& back);
  void secure_soon();
  void secure();
  void secured(const std::vector<Wish>& wishes);

  const Engine::Ports& ports_;
  Incarnation self_;
  Writers& writers_;
  const Partitions& partitions_;
  Runs& runs_;
  HeardEvents& events_;
  std::function<void()> told_;
  std::deque<Wish> wishes_;   // that don't stand yet
  std::deque<Wish> backs_;    // that stand, and wait for their look back
  std::vector<Wish> looked_;  // that have looked back, and are not secured yet
  std::size_t active_ = 0;    // look backs under way
  bool is_standing_ = false;
  bool is_securing_ = false;
  bool stopped_ = false;
};

/// The sources and keys of what a target listens to, each once.
std::vector<std::pair<std::string, std::string>> keys_of(const run::Graph& graph, const std::string& target);

}  // namespace callboard::dispatcher
