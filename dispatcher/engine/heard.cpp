#include "dispatcher/engine/heard.hpp"

#include <utility>

#include "shared/workflow/triggers.hpp"

namespace callboard::dispatcher {

using Rows = std::vector<log::Listeners::Heard>;

Heard::Heard(const Engine::Ports& ports, const Incarnation& self, const Partitions& partitions, Runs& runs,
             Loader& loader, HeardEvents& events, Listening& listening)
    : ports_(ports),
      self_(self),
      partitions_(partitions),
      runs_(runs),
      loader_(loader),
      events_(events),
      listening_(listening) {}

void Heard::look() {
  if (stopped_ || reading_ || !partitions_.acts() || partitions_.size() == 0) return;
  reading_ = true;
  ports_.listeners.read_heard(partitions_.held(), limits::kHeardAtOnce, [this](Result<Rows> rows) {
    if (stopped_) return;
    if (rows && !rows->empty()) return have(std::move(*rows));
    reading_ = false;
  });
}

void Heard::have(Rows rows) {
  const auto batch = std::make_shared<Batch>();  // shared by its rows: the last one to end deletes them
  batch->open = rows.size();
  batch->is_full = std::ssize(rows) == limits::kHeardAtOnce;
  for (const log::Listeners::Heard& heard : rows) {
    const auto row = std::make_shared<Row>();
    row->batch = batch;
    row->heard = heard;
    events_.load(heard.delivery, [this, row](const Result<HeardEventPtr>& event) {
      if (stopped_) return;
      row->has_failed = !event;
      if (!event || *event == nullptr) return end(row);
      row->event = *event;
      read_page(row);
    });
  }
}

void Heard::read_page(const RowPtr& row) {
  ports_.listeners.standing(row->heard.partition, row->event->source,
                            std::string(workflow::listening_key(row->event->source, row->event->event)),
                            row->after, static_cast<int>(limits::kListenersAtOnce),
                            [this, row](const Result<std::vector<log::Listeners::Standing>>& page) {
                              if (stopped_) return;
                              if (page) return have_page(row, *page);
                              row->has_failed = true;
                              end(row);
                            });
}

void Heard::have_page(const RowPtr& row, const std::vector<log::Listeners::Standing>& page) {
  row->is_last_page = page.size() < limits::kListenersAtOnce;
  row->open = page.size() + 1;
  if (!page.empty()) row->after = page.back().name;
  for (const log::Listeners::Standing& one : page) hold(row, one.name, false);
  held(row, true);
}

void Heard::load(const RowPtr& row, const log::Listeners::Name& name) {
  loader_.load(name.run, [this, row, name](bool) {
    if (!stopped_) hold(row, name, true);
  });
}

/// A run that does not listen yet, as far as it is folded, is read again: whoever put the listener knew more
/// of it.
void Heard::hold(const RowPtr& row, const log::Listeners::Name& name, bool was_read) {
  if (!partitions_.owns(row->heard.partition)) return held(row, false);
  OpenRun* const run = runs_.find(name.run);
  if (run == nullptr) return was_read ? held(row, true) : load(row, name);
  if (!run->set_aside.empty()) {  // should it be read one day, it listens anew, and looks back
    row->batch->over.push_back(name);
    return held(row, true);
  }
  switch (run::hear(*run->graph, run->state, name.target, *row->event)) {
    case run::Hearing::takes:
      return listening_.tell(name.run, run::tell_of(name.target, *row->event),
                             [this, row](bool done) { held(row, done); });
    case run::Hearing::refuses: return held(row, true);
    case run::Hearing::not_yet: return was_read ? held(row, true) : load(row, name);
    case run::Hearing::over: row->batch->over.push_back(name); return held(row, true);
  }
}

void Heard::held(const RowPtr& row, bool done) {
  row->has_failed |= !done;
  if (--row->open > 0) return;
  row->is_last_page || row->has_failed ? end(row) : read_page(row);
}

void Heard::end(const RowPtr& row) {
  if (!row->has_failed) row->batch->done.push_back(row->heard);
  if (--row->batch->open == 0) end(row->batch);
}

void Heard::end(const std::shared_ptr<Batch>& batch) {
  if (!batch->over.empty())
    ports_.listeners.remove(self_, std::move(batch->over), [](const Result<bool>&) {});
  if (batch->done.empty()) {
    reading_ = false;
    return;
  }
  ports_.listeners.delete_heard(self_, std::move(batch->done),
                                [this, is_full = batch->is_full](const Result<bool>& deleted) {
                                  if (stopped_) return;
                                  reading_ = false;
                                  if (deleted && is_full) look();
                                });
}

}  // namespace callboard::dispatcher
