#include "shared/log/archive/definitions.hpp"

#include "shared/workflow/compile.hpp"

namespace callboard::log {
namespace {

constexpr std::size_t kKept = 64;

constexpr Statement kLoad{"load",
                          "select w.slug, d.format, d.body from definition d join workflow w on w.id = "
                          "d.workflow where d.hash = $1::text"};

}  // namespace

std::expected<CompiledGraph, std::string> compile_definition(const Definition& definition) {
  const auto format = definition.format == "json" ? workflow::Format::json : workflow::Format::yaml;
  auto compiled = workflow::compile(definition.body, format);
  if (!compiled) {
    return std::unexpected("does not compile: " +
                           workflow::to_string(compiled.error().front(), definition.slug));
  }
  if (compiled->graph.hash != definition.hash)
    return std::unexpected("is not the hash of its body, which is " + compiled->graph.hash);
  return std::make_shared<const run::Graph>(std::move(compiled->graph));
}

Result<CompiledGraph> Definitions::read(const std::string& hash) {
  const auto rows = session_.run(kLoad, Params().add_bytes(hash));
  if (!rows) return std::unexpected(to_error(rows.error()));
  if (rows->size() == 0) return fail(ErrorCode::not_found, "there is no definition " + hash);
  Definition definition;
  definition.hash = hash;
  definition.slug = rows->text(0, 0);
  definition.format = rows->text(0, 1);
  definition.body = rows->text(0, 2);
  auto compiled = compile_definition(definition);
  if (!compiled) return fail(ErrorCode::invalid, "the definition " + hash + " " + compiled.error());
  return std::move(*compiled);
}

Result<CompiledGraph> Definitions::load(const std::string& hash) {
  if (const auto known = known_.find(hash); known != known_.end()) return known->second;
  auto graph = read(hash);
  if (!graph && graph.error().code == ErrorCode::unavailable) return graph;
  known_.emplace(hash, graph);
  order_.push_back(hash);
  if (order_.size() > kKept) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  return graph;
}

}  // namespace callboard::log
