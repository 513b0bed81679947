#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryCatalog final : public Catalog {
 public:
  MemoryCatalog(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void store(Definition definition, Done<Definition> done) override;
  void retire(std::string slug, std::string file, Done<bool> done) override;
  void load(std::string hash, Done<Definition> done) override;
  void current(Done<std::vector<Definition>> done) override;
  void versions(std::string slug, Done<std::vector<Definition>> done) override;

 private:
  Definition marked(Definition definition) const;
  void make_current(const std::string& slug, const std::string& hash, const std::string& file);

  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
