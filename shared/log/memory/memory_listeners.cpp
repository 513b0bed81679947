#include "shared/log/memory/memory_listeners.hpp"

#include <algorithm>
#include <set>

#include "shared/run/listening.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::log {
namespace {

/// The listeners of one source and key in one partition.
auto of_key(const MemoryTables& tables, const std::string& source, const std::string& key,
            std::optional<Partition> partition) {
  std::vector<std::pair<MemoryTables::ListenerKey, bool>> out;
  for (auto one = tables.listeners.lower_bound({source, key, partition.value_or(0), {}});
       one != tables.listeners.end() && one->first.source == source && one->first.key == key; ++one) {
    if (partition && one->first.partition != *partition) break;
    out.push_back(*one);
  }
  return out;
}

}  // namespace

void MemoryListeners::stand(std::vector<Listener> listeners, Done<std::vector<Name>> done) {
  const auto transaction = [this, listeners = std::move(listeners)]() -> Result<std::vector<Name>> {
    std::set<Name> secured;
    for (const Listener& one : listeners) {
      const auto head = tables_.heads.find(one.name.run);
      if (head == tables_.heads.end() || head->second.closed_at) continue;
      const auto [row, made] =
          tables_.listeners.try_emplace({one.source, one.key, head->second.partition, one.name}, false);
      if (row->second) secured.insert(one.name);
    }
    for (const Listener& one : listeners) {
      const auto head = tables_.heads.find(one.name.run);
      if (head == tables_.heads.end() || head->second.closed_at) continue;
      if (!tables_.listeners.at({one.source, one.key, head->second.partition, one.name}))
        secured.erase(one.name);
    }
    return std::vector<Name>(secured.begin(), secured.end());
  };
  calls_.run<std::vector<Name>>(CallKind::other, transaction, std::move(done));
}

void MemoryListeners::secure(const Incarnation& holder, std::vector<Name> names, Done<bool> done) {
  const auto transaction = [this, holder, names = std::move(names)]() -> Result<bool> {
    for (auto& [key, is_secured] : tables_.listeners) {
      const bool is_named = std::ranges::find(names, key.name) != names.end();
      if (is_named && tables_.holds(holder, key.partition)) is_secured = true;
    }
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryListeners::remove(const Incarnation& holder, std::vector<Name> names, Done<bool> done) {
  const auto transaction = [this, holder, names = std::move(names)]() -> Result<bool> {
    std::erase_if(tables_.listeners, [&](const auto& one) {
      return std::ranges::find(names, one.first.name) != names.end() &&
             tables_.holds(holder, one.first.partition);
    });
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryListeners::read_heard(std::vector<Partition> partitions, int limit,
                                 Done<std::vector<Heard>> done) {
  const auto transaction = [this, partitions = std::move(partitions), limit]() -> Result<std::vector<Heard>> {
    std::vector<Heard> out;
    for (const auto& [place, delivery] : tables_.heard) {
      if (std::ranges::find(partitions, place.first) != partitions.end())
        out.push_back({place.first, place.second, delivery});
    }
    std::ranges::sort(out, {}, &Heard::id);
    out.resize(std::min(out.size(), static_cast<std::size_t>(limit)));
    return out;
  };
  calls_.run<std::vector<Heard>>(CallKind::read, transaction, std::move(done));
}

void MemoryListeners::delete_heard(const Incarnation& holder, std::vector<Heard> rows, Done<bool> done) {
  const auto transaction = [this, holder, rows = std::move(rows)]() -> Result<bool> {
    for (const Heard& row : rows) {
      if (tables_.holds(holder, row.partition)) tables_.heard.erase({row.partition, row.id});
    }
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryListeners::standing(Partition partition, std::string source, std::string key,
                               std::optional<Name> after, int limit, Done<std::vector<Standing>> done) {
  const auto transaction = [this, partition, source = std::move(source), key = std::move(key),
                            after = std::move(after), limit]() -> Result<std::vector<Standing>> {
    std::vector<Standing> out;
    for (const auto& [one, is_secured] : of_key(tables_, source, key, partition)) {
      if (std::ssize(out) == limit) break;
      if (!after || *after < one.name) out.push_back({one.name, is_secured});
    }
    return out;
  };
  calls_.run<std::vector<Standing>>(CallKind::read, transaction, std::move(done));
}

void MemoryListeners::is_awaited(std::string source, std::string key, Done<bool> done) {
  const auto transaction = [this, source = std::move(source), key = std::move(key)]() -> Result<bool> {
    return !of_key(tables_, source, key, std::nullopt).empty();
  };
  calls_.run<bool>(CallKind::read, transaction, std::move(done));
}

void MemoryListeners::told(const DeliveryId& delivery, int limit, Done<std::vector<Told>> done) {
  const auto transaction = [this, delivery, limit]() -> Result<std::vector<Told>> {
    std::vector<Told> out;
    for (const auto& [key, event] : tables_.events) {
      if (std::ssize(out) == limit) break;
      const auto told = run::find_told(event.key);
      const auto head = tables_.heads.find(event.run);
      if (told && told->delivery == delivery && head != tables_.heads.end())
        out.push_back({event.run, head->second.slug, event.key});
    }
    return out;
  };
  calls_.run<std::vector<Told>>(CallKind::read, transaction, std::move(done));
}

void MemoryListeners::look_back(std::string source, std::string key, Time since,
                                std::optional<DeliveryId> after, int limit,
                                Done<std::vector<DeliveryId>> done) {
  const auto transaction = [this, source = std::move(source), key = std::move(key), since, after,
                            limit]() -> Result<std::vector<DeliveryId>> {
    std::vector<DeliveryId> out;
    for (const auto& [id, delivery] : tables_.deliveries) {
      if (std::ssize(out) == limit) break;
      const bool is_of_key =
          delivery.source == source && workflow::listening_key(source, delivery.event) == key;
      if (is_of_key && delivery.at >= since && (!after || *after < id)) out.push_back(id);
    }
    return out;
  };
  calls_.run<std::vector<DeliveryId>>(CallKind::read, transaction, std::move(done));
}

}  // namespace callboard::log
