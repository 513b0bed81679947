#include "dispatcher/engine/listening.hpp"

#include <algorithm>

namespace callboard::dispatcher {
namespace {

constexpr Micros kTryAgain = std::chrono::milliseconds(500);

}  // namespace

std::vector<std::pair<std::string, std::string>> keys_of(const run::Graph& graph, const std::string& target) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const run::EventRule& rule : run::rules_of(graph, target)) {
    for (const std::string& key : rule.keys) {
      std::pair<std::string, std::string> one(rule.source, key);
      if (std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
    }
  }
  return out;
}

Listening::Listening(const Engine::Ports& ports, const Incarnation& self, Writers& writers,
                     const Partitions& partitions, Runs& runs, HeardEvents& events,
                     std::function<void()> told)
    : ports_(ports),
      self_(self),
      writers_(writers),
      partitions_(partitions),
      runs_(runs),
      events_(events),
      told_(std::move(told)) {}

void Listening::stop() {
  stopped_ = true;
  wishes_.clear();
  backs_.clear();
  looked_.clear();
}

/// Nothing is done for a run that has left memory: its next stay listens anew.
OpenRun* Listening::find(const Wish& wish) {
  OpenRun* const run = stopped_ ? nullptr : runs_.find(wish.run, wish.serial);
  const bool is_ours = run != nullptr && run->set_aside.empty() && partitions_.owns(run->partition);
  return is_ours ? run : nullptr;
}

void Listening::listen(OpenRun& run, const std::vector<run::Listen>& listens) {
  for (const run::Listen& one : listens) {
    if (!run.listens.try_emplace(one.target, false).second) continue;
    wishes_.push_back({run.state.id, run.serial, one.target, one.since});
  }
  stand_soon();
}

/// One turn later, so that what was decided in this one shares a transaction.
void Listening::stand_soon() {
  if (stopped_ || wishes_.empty() || std::exchange(is_standing_, true)) return;
  ports_.loop.post([this] { stand(); });
}

void Listening::stand() {
  std::vector<Wish> wishes;
  std::vector<log::Listeners::Listener> listeners;
  while (!stopped_ && !wishes_.empty() && listeners.size() < limits::kListenersAtOnce) {
    Wish wish = std::move(wishes_.front());
    wishes_.pop_front();
    const OpenRun* const run = find(wish);
    if (run == nullptr) continue;
    for (auto& [source, key] : keys_of(*run->graph, wish.target))
      listeners.push_back({{wish.run, wish.target}, std::move(source), std::move(key)});
    wishes.push_back(std::move(wish));
  }
  if (listeners.empty()) {
    is_standing_ = false;
    return;
  }
  ports_.listeners.stand(
      std::move(listeners),
      [this, wishes = std::move(wishes)](const auto& secured) mutable { stood(std::move(wishes), secured); });
}

void Listening::stood(std::vector<Wish> wishes, const Result<std::vector<log::Listeners::Name>>& secured) {
  if (stopped_) return;
  if (!secured) {
    std::ranges::move(wishes, std::back_inserter(wishes_));
    ports_.loop.after(kTryAgain, [this] { stand(); });
    return;
  }
  is_standing_ = false;
  for (Wish& wish : wishes) {
    const log::Listeners::Name name{wish.run, wish.target};
    if (std::ranges::find(*secured, name) != secured->end()) {
      this->secured({wish});
    } else {
      backs_.push_back(std::move(wish));
    }
  }
  begin_backs();
  stand_soon();
}

void Listening::begin_backs() {
  while (active_ < limits::kLookBacks && !backs_.empty()) {
    const auto back = std::make_shared<Back>();
    back->wish = std::move(backs_.front());
    backs_.pop_front();
    const OpenRun* const run = find(back->wish);
    if (run == nullptr) continue;
    back->keys = keys_of(*run->graph, back->wish.target);
    ++active_;
    read_page(back);
  }
}

void Listening::read_page(const BackPtr& back) {
  const auto& [source, key] = back->keys[back->key];
  ports_.listeners.look_back(source, key, back->wish.since, back->after, limits::kLookBackPage,
                             [this, back](Result<std::vector<DeliveryId>> page) {
                               if (stopped_) return;
                               if (!page) return again(back);
                               back->is_last_page = std::ssize(*page) < limits::kLookBackPage;
                               back->page = std::move(*page);
                               back->at = 0;
                               if (!back->page.empty()) back->after = back->page.back();
                               go_on(back);
                             });
}

void Listening::go_on(const BackPtr& back) {
  const OpenRun* const run = find(back->wish);
  if (run == nullptr) {
    --active_;
    return begin_backs();
  }
  if (back->at < back->page.size()) {
    const bool is_wait = back->wish.target.contains('/');
    if (is_wait && ++back->seen > limits::kLookBackEvents)
      return tell_and_end(back, run::tell_of_too_many(back->wish.target));
    return hold(back, back->page[back->at]);
  }
  if (!back->is_last_page) return read_page(back);
  back->after.reset();
  if (++back->key < back->keys.size()) return read_page(back);
  end(back);
}

void Listening::hold(const BackPtr& back, const DeliveryId& delivery) {
  events_.load(delivery, [this, back](const Result<HeardEventPtr>& event) {
    if (stopped_) return;
    if (!event) return again(back);
    const OpenRun* const run = find(back->wish);
    const auto hearing = run == nullptr || *event == nullptr
                             ? run::Hearing::refuses
                             : run::hear(*run->graph, run->state, back->wish.target, **event);
    if (hearing == run::Hearing::takes) return tell_and_end(back, run::tell_of(back->wish.target, **event));
    if (hearing == run::Hearing::over) return end(back);
    ++back->at;
    go_on(back);
  });
}

void Listening::tell_and_end(const BackPtr& back, const run::EventRow& told) {
  tell(back->wish.run, told, [this, back](bool done) { done ? end(back) : again(back); });
}

void Listening::again(const BackPtr& back) {
  ports_.loop.after(kTryAgain, [this, back] {
    if (stopped_) return;
    back->at < back->page.size() ? go_on(back) : read_page(back);
  });
}

void Listening::end(const BackPtr& back) {
  if (stopped_) return;
  --active_;
  looked_.push_back(std::move(back->wish));
  secure_soon();
  begin_backs();
}

void Listening::secure_soon() {
  if (stopped_ || looked_.empty() || std::exchange(is_securing_, true)) return;
  ports_.loop.post([this] { secure(); });
}

void Listening::secure() {
  if (stopped_) return;
  std::vector<Wish> wishes = std::exchange(looked_, {});
  std::vector<log::Listeners::Name> names;
  names.reserve(wishes.size());
  for (const Wish& wish : wishes) names.push_back({wish.run, wish.target});
  ports_.listeners.secure(self_, std::move(names), [this, wishes = std::move(wishes)](Result<bool> done) {
    if (stopped_) return;
    if (done) {
      is_securing_ = false;
      secured(wishes);
      return secure_soon();
    }
    looked_.insert(looked_.end(), wishes.begin(), wishes.end());
    ports_.loop.after(kTryAgain, [this] { secure(); });
  });
}

/// The run may rest from now on.
void Listening::secured(const std::vector<Wish>& wishes) {
  for (const Wish& wish : wishes) {
    OpenRun* const run = find(wish);
    if (run == nullptr) continue;
    run->listens[wish.target] = true;
    runs_.touch(*run);
  }
}

void Listening::tell(const RunId& run, const run::EventRow& told, std::function<void(bool done)> done) {
  log::Append row;
  row.run = run;
  row.key = told.key;
  row.type = told.type;
  row.writer = writers_.next();
  row.data = told.data;
  row.inbox = true;
  ports_.events.append(std::move(row), [this, done = std::move(done)](const Result<log::Appended>& appended) {
    if (stopped_) return;
    if (appended && appended->won) told_();
    done(appended.has_value());
  });
}

}  // namespace callboard::dispatcher
