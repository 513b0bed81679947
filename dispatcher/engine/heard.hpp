#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dispatcher/engine/heard_events.hpp"
#include "dispatcher/engine/listening.hpp"
#include "dispatcher/engine/loader.hpp"

namespace callboard::dispatcher {

/// Deliveries that runs of our partitions listened to when they came in: each is held against every listener
/// that stands, and is done with once the runs that take it have been told. On the loop.
class Heard {
 public:
  Heard(const Engine::Ports& ports, const Incarnation& self, const Partitions& partitions, Runs& runs,
        Loader& loader, HeardEvents& events, Listening& listening);

  /// Reads what there is, unless that is under way.
  void look();
  void stop() { stopped_ = true; }

 private:
  /// The rows of one look.
  struct Batch {
    std::vector<log::Listeners::Heard> done;
    std::vector<log::Listeners::Name> over;  // what listens no more
    std::size_t open = 0;
    bool is_full = false;
  };
  /// One of them, and how far it has come among the listeners.
  struct Row {
    std::shared_ptr<Batch> batch;
    log::Listeners::Heard heard;
    HeardEventPtr event;
    std::optional<log::Listeners::Name> after;
    std::size_t open = 0;  // listeners of the page that it is being held against
    bool is_last_page = false;
    bool has_failed = false;  // it stays, and is read again
  };
  using RowPtr = std::shared_ptr<Row>;  // shared with the callbacks of its listeners

  void have(std::vector<log::Listeners::Heard> rows);
  void read_page(const RowPtr& row);
  void have_page(const RowPtr& row, const std::vector<log::Listeners::Standing>& page);
  void hold(const RowPtr& row, const log::Listeners::Name& name, bool was_read);
  void load(const RowPtr& row, const log::Listeners::Name& name);
  void held(const RowPtr& row, bool done);
  void end(const RowPtr& row);
  void end(const std::shared_ptr<Batch>& batch);

  const Engine::Ports& ports_;
  Incarnation self_;
  const Partitions& partitions_;
  Runs& runs_;
  Loader& loader_;
  HeardEvents& events_;
  Listening& listening_;
  bool reading_ = false;
  bool stopped_ = false;
};

}  // namespace callboard::dispatcher
