#include "dispatcher/triggers/registry.hpp"

#include <set>
#include <utility>

namespace callboard::dispatcher {
namespace {

constexpr Micros kRefresh = std::chrono::seconds(3);
constexpr Micros kFirstRefresh = std::chrono::milliseconds(250);  // while nothing is loaded yet

}  // namespace

Registry::Registry(Loop& loop, log::Catalog& catalog, Definitions& definitions, bool segments)
    : loop_(loop), catalog_(catalog), definitions_(definitions), segments_(segments) {}
Registry::~Registry() { stop(); }

void Registry::start() { refresh(); }
void Registry::stop() { loop_.cancel(std::exchange(timer_, 0)); }

void Registry::refresh() {
  catalog_.current(
      [this, alive = std::weak_ptr(alive_), asked = changes_](Result<std::vector<log::Definition>> found) {
        if (alive.expired()) return;
        if (found && asked == changes_) take(std::move(*found));
        timer_ = loop_.after(loaded_ ? kRefresh : kFirstRefresh, [this] { refresh(); });
      });
}

void Registry::take(std::vector<log::Definition> definitions) {
  loaded_ = true;
  std::set<std::string> current;
  for (log::Definition& definition : definitions) {
    current.insert(definition.slug);
    const CurrentWorkflowPtr known = set_.find(definition.slug);
    if (known && known->graph->hash == definition.hash) continue;
    if (broken_.contains(definition.slug) && broken_hash_[definition.slug] == definition.hash) continue;
    auto compiled = compile_workflow(definition.body, definition.format, segments_);
    if (!compiled) {
      broken_[definition.slug] = workflow::to_string(compiled.error(), definition.slug);
      broken_hash_[definition.slug] = definition.hash;
      set_.remove(definition.slug);
      continue;
    }
    broken_.erase(definition.slug);
    compiled->since = definition.at;
    definitions_.remember(compiled->graph);
    set_.put(std::make_shared<const CurrentWorkflow>(std::move(*compiled)));
  }
  for (const CurrentWorkflowPtr& known : set_.list()) {
    if (!current.contains(known->graph->slug)) set_.remove(known->graph->slug);
  }
  std::erase_if(broken_, [&](const auto& entry) { return !current.contains(entry.first); });
}

void Registry::add(std::string text, std::string format, bool current, Added done) {
  auto compiled = compile_workflow(text, format, segments_);
  if (!compiled) {
    loop_.post([done = std::move(done), problems = std::move(compiled.error())]() mutable {
      done(std::unexpected(Refusal{.problems = std::move(problems), .error = {}}));
    });
    return;
  }
  log::Definition definition{.slug = compiled->graph->slug,
                             .name = compiled->graph->name,
                             .version = compiled->graph->version,
                             .hash = compiled->graph->hash,
                             .body = std::move(text),
                             .format = std::move(format),
                             .at = {},
                             .current = current};
  catalog_.store(std::move(definition),
                 [this, alive = std::weak_ptr(alive_), current, done = std::move(done),
                  workflow = std::move(*compiled)](Result<log::Definition> stored) mutable {
                   if (alive.expired()) return;
                   if (!stored)
                     return done(std::unexpected(Refusal{.problems = {}, .error = stored.error()}));
                   workflow.since = stored->at;
                   definitions_.remember(workflow.graph);
                   auto shared = std::make_shared<const CurrentWorkflow>(std::move(workflow));
                   if (current) {
                     ++changes_;
                     broken_.erase(shared->graph->slug);
                     set_.put(shared);
                   }
                   done(std::move(shared));
                 });
}

void Registry::retire(const std::string& slug, log::Done<bool> done) {
  catalog_.retire(slug, [this, alive = std::weak_ptr(alive_), slug,
                         done = std::move(done)](Result<bool> retired) mutable {
    if (alive.expired()) return;
    if (retired) {
      ++changes_;
      broken_.erase(slug);
      set_.remove(slug);
    }
    done(std::move(retired));
  });
}

}  // namespace callboard::dispatcher
