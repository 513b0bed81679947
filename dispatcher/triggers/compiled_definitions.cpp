#include "dispatcher/triggers/compiled_definitions.hpp"

#include <utility>

#include "dispatcher/triggers/current_workflow.hpp"

namespace callboard::dispatcher {

CompiledDefinitions::CompiledDefinitions(Loop& loop, log::Catalog& catalog, bool segments, std::size_t kept)
    : loop_(loop), catalog_(catalog), segments_(segments), kept_(kept) {}

void CompiledDefinitions::remember(GraphPtr graph) {
  std::string hash = graph->hash;
  if (!graphs_.emplace(hash, std::move(graph)).second) return;
  order_.push_back(std::move(hash));
  if (order_.size() <= kept_) return;
  graphs_.erase(order_.front());
  order_.pop_front();
}

void CompiledDefinitions::load(std::string hash, log::Done<GraphPtr> done) {
  if (const auto known = graphs_.find(hash); known != graphs_.end()) {
    loop_.post([done = std::move(done), graph = known->second]() mutable { done(std::move(graph)); });
    return;
  }
  auto& waiting = waiting_[hash];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  catalog_.load(hash, [this, hash](Result<log::Definition> definition) {
    if (!definition) return answer(hash, std::unexpected(definition.error()));
    auto compiled = compile_workflow(definition->body, definition->format, segments_);
    if (!compiled) {
      return answer(hash, fail(ErrorCode::invalid, workflow::to_string(compiled.error(), definition->slug)));
    }
    remember(compiled->graph);
    answer(hash, compiled->graph);
  });
}

void CompiledDefinitions::answer(const std::string& hash, const Result<GraphPtr>& graph) {
  auto waiting = std::move(waiting_.extract(hash).mapped());
  for (auto& done : waiting) done(graph);
}

}  // namespace callboard::dispatcher
