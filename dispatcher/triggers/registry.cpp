#include "dispatcher/triggers/registry.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "shared/workflow/event_rules.hpp"
#include "topics/job.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kLook = std::chrono::seconds(3);
constexpr Micros kFirstLook = std::chrono::milliseconds(250);  // while nothing is loaded yet
constexpr Micros kRest = std::chrono::milliseconds(100);       // between two looks, whatever is heard

}  // namespace

Registry::Registry(Ports ports, const Incarnation& self, bool segments)
    : ports_(ports), self_(self), segments_(segments) {}
Registry::~Registry() { stop(); }

void Registry::start() {
  ports_.notices.listen(topics::Notices::Audience::dispatchers,
                        [this, alive = std::weak_ptr(alive_)](std::string_view bytes) {
                          if (!alive.expired()) hear(bytes);
                        });
  look();
}

void Registry::stop() {
  is_stopped_ = true;
  ports_.loop.cancel(std::exchange(timer_, 0));
}

void Registry::look() {
  is_looking_ = true;
  looks_again_ = false;
  ports_.catalog.current(
      [this, alive = std::weak_ptr(alive_), asked = changes_](Result<std::vector<log::Definition>> found) {
        if (!alive.expired() && !is_stopped_) end_look(asked, std::move(found));
      });
}

void Registry::end_look(std::uint64_t asked, Result<std::vector<log::Definition>> found) {
  if (asked != changes_)
    looks_again_ = true;  // it may have missed what was changed here, and is dropped
  else if (found)
    take(std::move(*found));
  timer_ = ports_.loop.after(kRest, [this] { end_rest(); });
}

void Registry::end_rest() {
  if (looks_again_) return look();
  is_looking_ = false;
  timer_ = ports_.loop.after(loaded_ ? kLook : kFirstLook, [this] { look(); });
}

void Registry::hear(std::string_view bytes) {
  const auto by = topics::parse_workflows_changed(bytes);
  if (!by || *by == self_ || is_stopped_) return;
  looks_again_ = true;
  if (is_looking_) return;
  ports_.loop.cancel(std::exchange(timer_, 0));
  look();
}

void Registry::tell() const {
  ports_.notices.broadcast(topics::Notices::Audience::dispatchers, topics::encode_workflows_changed(self_));
}

void Registry::set_aside(const log::Definition& definition, const std::vector<workflow::Problem>& problems) {
  broken_[definition.slug] = workflow::to_string(problems, definition.slug);
  broken_hash_[definition.slug] = definition.hash;
  set_.remove(definition.slug);
}

void Registry::when_loaded(Task task) {
  if (loaded_) return task();
  waiting_.push_back(std::move(task));
}

void Registry::take(std::vector<log::Definition> definitions) {
  loaded_ = true;
  std::set<std::string> current;
  files_.clear();
  for (const log::Definition& definition : definitions) {
    current.insert(definition.slug);
    if (!definition.file.empty()) files_.emplace(definition.slug, definition.file);
  }
  for (const CurrentWorkflowPtr& known : set_.list()) {
    if (!current.contains(known->graph->slug)) set_.remove(known->graph->slug);
  }
  std::erase_if(broken_, [&](const auto& entry) { return !current.contains(entry.first); });
  // Of two that can't stand beside each other the older one stands, for every dispatcher.
  std::ranges::sort(definitions, {}, [](const log::Definition& one) { return std::tie(one.at, one.slug); });
  for (log::Definition& definition : definitions) {
    const CurrentWorkflowPtr known = set_.find(definition.slug);
    if (known && known->graph->hash == definition.hash) continue;
    if (broken_.contains(definition.slug) && broken_hash_[definition.slug] == definition.hash) continue;
    auto compiled = compile_workflow(definition.body, definition.format, segments_);
    if (!compiled) {
      set_aside(definition, compiled.error());
      continue;
    }
    if (const auto conflict = find_conflict(*compiled)) {
      set_aside(definition, {*conflict});
      continue;
    }
    broken_.erase(definition.slug);
    compiled->since = definition.at;
    ports_.definitions.remember(compiled->graph);
    set_.put(std::make_shared<const CurrentWorkflow>(std::move(*compiled)));
  }
  listen(set_.listened(), [](const Result<bool>&) {});  // a failure is made good by the next look
  for (Task& task : std::exchange(waiting_, {})) task();
}

/// One path has one secret, told in one way: a request could not be held against two.
std::optional<workflow::Problem> Registry::find_conflict(const CurrentWorkflow& workflow) const {
  const auto& webhook = workflow.triggers.webhook;
  if (!webhook) return std::nullopt;
  const auto listeners = set_.find_webhooks(webhook->path);
  std::vector<CurrentWorkflowPtr> others(listeners.begin(), listeners.end());
  for (const auto& adding : adding_) {
    if (auto other = adding.lock(); other && other->triggers.webhook->path == webhook->path)
      others.push_back(std::move(other));
  }
  for (const CurrentWorkflowPtr& other : others) {
    if (other->graph->slug == workflow.graph->slug) continue;
    if (workflow::is_same_sender(*webhook, *other->triggers.webhook)) continue;
    return workflow::Problem{webhook->at.line, webhook->at.column, "on.webhook.path",
                             "the workflow " + other->graph->slug + " listens to " + webhook->path +
                                 " with another secret, scheme, header or prefix than " +
                                 workflow.graph->slug + ": expected the same, or another path"};
  }
  return std::nullopt;
}

void Registry::listen(std::set<std::string> workflows, log::Done<bool> done) {
  std::erase_if(workflows, [&](const std::string& slug) { return listened_.contains(slug); });
  if (workflows.empty()) return done(true);
  std::vector<std::string> wanted(workflows.begin(), workflows.end());
  ports_.run_ends.listen(std::move(wanted),
                         [this, alive = std::weak_ptr(alive_), workflows = std::move(workflows),
                          done = std::move(done)](Result<bool> listened) mutable {
                           if (alive.expired()) return;
                           if (listened) listened_.merge(workflows);
                           done(std::move(listened));
                         });
}

void Registry::add(std::string text, std::string format, bool current, Added done) {
  log::Definition given;
  given.body = std::move(text);
  given.format = std::move(format);
  given.current = current;
  add(std::move(given), std::move(done));
}

void Registry::add_file(std::string text, std::string format, std::string file, Added done) {
  log::Definition given;
  given.body = std::move(text);
  given.format = std::move(format);
  given.current = true;
  given.file = std::move(file);
  add(std::move(given), std::move(done));
}

void Registry::add(log::Definition given, Added done) {
  const bool current = given.current;
  auto compiled = compile_workflow(given.body, given.format, segments_);
  std::vector<workflow::Problem> problems;
  if (!compiled) {
    problems = std::move(compiled.error());
  } else if (const auto conflict = current ? find_conflict(*compiled) : std::nullopt) {
    problems = {*conflict};
  }
  if (!problems.empty()) {
    ports_.loop.post([done = std::move(done), problems = std::move(problems)]() mutable {
      done(std::unexpected(Refusal{.problems = std::move(problems), .error = {}}));
    });
    return;
  }
  log::Definition definition{.slug = compiled->graph->slug,
                             .name = compiled->graph->name,
                             .version = compiled->graph->version,
                             .hash = compiled->graph->hash,
                             .body = std::move(given.body),
                             .format = std::move(given.format),
                             .at = {},
                             .current = current,
                             .file = std::move(given.file)};
  std::set<std::string> ends = workflow::awaited_workflows(*compiled->graph);
  if (current) ends.merge(workflow::listened_workflows(compiled->triggers));
  auto workflow = std::make_shared<CurrentWorkflow>(std::move(*compiled));
  std::erase_if(adding_, [](const auto& adding) { return adding.expired(); });
  if (current && workflow->triggers.webhook) adding_.push_back(workflow);
  // The log keeps the ends before anyone is told that they are listened to.
  listen(std::move(ends), [this, definition = std::move(definition), workflow = std::move(workflow),
                           done = std::move(done)](const Result<bool>& listened) mutable {
    if (!listened) return done(std::unexpected(Refusal{.problems = {}, .error = listened.error()}));
    store(std::move(definition), std::move(workflow), std::move(done));
  });
}

void Registry::store(log::Definition definition, std::shared_ptr<CurrentWorkflow> workflow, Added done) {
  const bool current = definition.current;
  ports_.catalog.store(std::move(definition),
                       [this, alive = std::weak_ptr(alive_), current, done = std::move(done),
                        workflow = std::move(workflow)](Result<log::Definition> stored) mutable {
                         if (alive.expired()) return;
                         if (!stored)
                           return done(std::unexpected(Refusal{.problems = {}, .error = stored.error()}));
                         if (current) tell();
                         workflow->since = stored->at;
                         ports_.definitions.remember(workflow->graph);
                         if (current && !may_stand(*stored, *workflow, done)) return;
                         if (current) put(*stored, workflow);
                         done(std::move(workflow));
                       });
}

/// Another dispatcher may have made one current meanwhile that it can't stand beside.
bool Registry::may_stand(const log::Definition& stored, const CurrentWorkflow& workflow, Added& done) {
  const auto conflict = find_conflict(workflow);
  if (!conflict) return true;
  set_aside(stored, {*conflict});
  done(std::unexpected(Refusal{.problems = {*conflict}, .error = {}}));
  return false;
}

void Registry::put(const log::Definition& stored, const CurrentWorkflowPtr& workflow) {
  ++changes_;
  broken_.erase(stored.slug);
  set_.put(workflow);
  files_.erase(stored.slug);
  if (stored.file.empty()) return;
  for (const auto& [slug, file] : std::map(files_)) {
    if (file == stored.file) remove(slug);
  }
  files_.emplace(stored.slug, stored.file);
}

void Registry::remove(const std::string& slug) {
  ++changes_;
  broken_.erase(slug);
  files_.erase(slug);
  set_.remove(slug);
}

void Registry::retire(const std::string& slug, const std::string& file, log::Done<bool> done) {
  ports_.catalog.retire(
      slug, file,
      [this, alive = std::weak_ptr(alive_), slug, done = std::move(done)](Result<bool> retired) mutable {
        if (alive.expired()) return;
        if (retired && *retired) {
          tell();
          remove(slug);
        }
        done(std::move(retired));
      });
}

}  // namespace callboard::dispatcher
