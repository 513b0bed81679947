#pragma once

#include <cstddef>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <string>

#include "shared/log/archive/database.hpp"
#include "shared/log/log.hpp"
#include "shared/run/graph.hpp"

namespace callboard::log {

using CompiledGraph = std::shared_ptr<const run::Graph>;  // shared by the cache and who folds with it

/// Compiles a stored definition and compares its hash; the error says what is wrong with it, in words that
/// follow its hash.
std::expected<CompiledGraph, std::string> compile_definition(const Definition& definition);

/// Definitions by their hash, compiled when first asked for; the last few are kept.
class Definitions {
 public:
  explicit Definitions(std::string url) : session_(std::move(url)) {}

  /// `unavailable`: the database; anything else: what is wrong with this definition, `not_found` if there is
  /// none.
  Result<CompiledGraph> load(const std::string& hash);

 private:
  Result<CompiledGraph> read(const std::string& hash);

  Session session_;
  std::map<std::string, Result<CompiledGraph>, std::less<>> known_;
  std::deque<std::string> order_;
};

}  // namespace callboard::log
