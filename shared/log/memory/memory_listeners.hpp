#pragma once

#include "shared/log/listeners.hpp"
#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryListeners final : public Listeners {
 public:
  MemoryListeners(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void stand(std::vector<Listener> listeners, Done<std::vector<Name>> done) override;
  void secure(const Incarnation& holder, std::vector<Name> names, Done<bool> done) override;
  void remove(const Incarnation& holder, std::vector<Name> names, Done<bool> done) override;
  void read_heard(std::vector<Partition> partitions, int limit, Done<std::vector<Heard>> done) override;
  void delete_heard(const Incarnation& holder, std::vector<Heard> rows, Done<bool> done) override;
  void standing(Partition partition, std::string source, std::string key, std::optional<Name> after,
                int limit, Done<std::vector<Standing>> done) override;
  void is_awaited(std::string source, std::string key, Done<bool> done) override;
  void told(const DeliveryId& delivery, int limit, Done<std::vector<Told>> done) override;
  void look_back(std::string source, std::string key, Time since, std::optional<DeliveryId> after, int limit,
                 Done<std::vector<DeliveryId>> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
