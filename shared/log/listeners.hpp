#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/log/log.hpp"

namespace callboard::log {

/// Events that open runs listen to (`cancelOn`, and steps that wait for an event). A port of the log; see
/// log.hpp for what holds of all of them, and README.md for why nothing is missed.
class Listeners {
 public:
  virtual ~Listeners() = default;

  /// Whose listener it is: of the run, what listens (run/listening.hpp).
  struct Name {
    RunId run;
    std::string target;

    friend auto operator<=>(const Name&, const Name&) = default;
  };
  /// It listens to the events of a source under a key (workflow::listening_key), all of which it is told of.
  struct Listener {
    Name name;
    std::string source;
    std::string key;
  };
  /// They stand from the answer on: every delivery of that source and key that look_back does not show from
  /// then on is heard (read_heard). Runs that are closed get none; the close of a run removes all of its own.
  /// Answers with those that are secured already.
  virtual void stand(std::vector<Listener> listeners, Done<std::vector<Name>> done) = 0;
  /// All that came before they stood has been looked at: they need no look back any more, whoever owns the
  /// run. Only where `holder` has the lease on the run.
  virtual void secure(const Incarnation& holder, std::vector<Name> names, Done<bool> done) = 0;
  /// They are over. Only where `holder` has the lease on the run.
  virtual void remove(const Incarnation& holder, std::vector<Name> names, Done<bool> done) = 0;

  /// A delivery that something in the partition listened to when it came in. In the delivery's own
  /// transaction, one row a partition, however many listen there. It stays until deleted.
  struct Heard {
    Partition partition = 0;
    std::int64_t id = 0;
    DeliveryId delivery;
  };
  virtual void read_heard(std::vector<Partition> partitions, int limit, Done<std::vector<Heard>> done) = 0;
  /// Only of partitions on which `holder` has the lease.
  virtual void delete_heard(const Incarnation& holder, std::vector<Heard> rows, Done<bool> done) = 0;

  struct Standing {
    Name name;
    bool is_secured = false;
  };
  /// What listens in the partition to the source and key, in the order of its names, behind `after`.
  virtual void standing(Partition partition, std::string source, std::string key, std::optional<Name> after,
                        int limit, Done<std::vector<Standing>> done) = 0;
  /// Whether anything listens to it anywhere.
  virtual void is_awaited(std::string source, std::string key, Done<bool> done) = 0;

  /// A run that was told of a delivery, and the key of the fact (run/listening.hpp).
  struct Told {
    RunId run;
    std::string workflow;  // slug
    std::string key;
  };
  /// In the order of runs and keys.
  virtual void told(const DeliveryId& delivery, int limit, Done<std::vector<Told>> done) = 0;

  /// Deliveries of a source and key that came in at `since` or later, in the order of their ids, behind
  /// `after`.
  virtual void look_back(std::string source, std::string key, Time since, std::optional<DeliveryId> after,
                         int limit, Done<std::vector<DeliveryId>> done) = 0;
};

}  // namespace callboard::log
