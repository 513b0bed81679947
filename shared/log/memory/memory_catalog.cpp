#include "shared/log/memory/memory_catalog.hpp"

#include <algorithm>
#include <tuple>

namespace callboard::log {

Definition MemoryCatalog::marked(Definition definition) const {
  const auto named = tables_.current.find(definition.slug);
  definition.current = named != tables_.current.end() && named->second.hash == definition.hash;
  definition.file = definition.current ? named->second.file : std::string();
  return definition;
}

void MemoryCatalog::store(Definition definition, Done<Definition> done) {
  const auto transaction = [this, definition = std::move(definition)]() -> Result<Definition> {
    const auto [row, made] = tables_.definitions.emplace(definition.hash, definition);
    if (made) row->second.at = tables_.clock.now();
    if (definition.current) make_current(row->second.slug, definition.hash, definition.file);
    return marked(row->second);
  };
  calls_.run<Definition>(CallKind::other, transaction, std::move(done));
}

void MemoryCatalog::make_current(const std::string& slug, const std::string& hash, const std::string& file) {
  MemoryTables::Current& named = tables_.current[slug];
  if (!file.empty() || named.hash != hash) named.file = file;
  named.hash = hash;
  if (file.empty()) return;
  std::erase_if(tables_.current,
                [&](const auto& other) { return other.first != slug && other.second.file == file; });
}

void MemoryCatalog::retire(std::string slug, std::string file, Done<bool> done) {
  const auto transaction = [this, slug = std::move(slug), file = std::move(file)]() -> Result<bool> {
    const auto named = tables_.current.find(slug);
    if (named == tables_.current.end() || file.empty() || named->second.file != file) return false;
    tables_.current.erase(named);
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryCatalog::load(std::string hash, Done<Definition> done) {
  const auto read = [this, hash = std::move(hash)]() -> Result<Definition> {
    const auto found = tables_.definitions.find(hash);
    if (found == tables_.definitions.end())
      return fail(ErrorCode::not_found, "there is no definition " + hash);
    return marked(found->second);
  };
  calls_.run<Definition>(CallKind::read, read, std::move(done));
}

void MemoryCatalog::current(Done<std::vector<Definition>> done) {
  const auto read = [this]() -> Result<std::vector<Definition>> {
    std::vector<Definition> out;
    out.reserve(tables_.current.size());
    for (const auto& [slug, named] : tables_.current)
      out.push_back(marked(tables_.definitions.at(named.hash)));
    return out;
  };
  calls_.run<std::vector<Definition>>(CallKind::read, read, std::move(done));
}

void MemoryCatalog::versions(std::string slug, Done<std::vector<Definition>> done) {
  const auto read = [this, slug = std::move(slug)]() -> Result<std::vector<Definition>> {
    std::vector<Definition> out;
    for (const auto& [hash, definition] : tables_.definitions) {
      if (definition.slug != slug) continue;
      out.push_back(marked(definition));
      out.back().body.clear();
    }
    std::ranges::sort(out, [](const Definition& a, const Definition& b) {
      return std::tie(b.at, b.hash) < std::tie(a.at, a.hash);
    });
    return out;
  };
  calls_.run<std::vector<Definition>>(CallKind::read, read, std::move(done));
}

}  // namespace callboard::log
