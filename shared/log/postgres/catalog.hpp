#pragma once

#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresCatalog final : public Catalog {
 public:
  explicit PostgresCatalog(Readers& readers) : readers_(readers) {}

  void store(Definition definition, Done<Definition> done) override;
  void retire(std::string slug, std::string file, Done<bool> done) override;
  void load(std::string hash, Done<Definition> done) override;
  void current(Done<std::vector<Definition>> done) override;
  void versions(std::string slug, Done<std::vector<Definition>> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
