#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/log/log.hpp"

namespace callboard::log {

/// Starts that are held back. An arrival puts its own in (Arrival::held), in its transaction; a group that
/// is ripe by the database's clock is closed, for ever, by whoever claims it, and fired by an arrival
/// (Arrival::fires) whose origin is the group: twice is once, whoever dies. A port of the log; see log.hpp
/// for what holds of all of them.
class Held {
 public:
  virtual ~Held() = default;

  struct Group {
    std::int64_t id = 0;
    std::string workflow;
    std::string source;
    std::string key;
    HoldKind kind = HoldKind::debounce;
    std::int32_t events = 0;  // that came; of a debounce all but the last are replaced
    Time since{};             // the first came
    Time due{};

    friend bool operator==(const Group&, const Group&) = default;
  };
  /// Groups that are ripe, the longest first: nothing is added to them any more, and nobody else is given
  /// them for limits::kHeldClaim. One that is not fired by then is given again.
  virtual void claim(int limit, Done<std::vector<Group>> done) = 0;

  /// What is in a group, in the order in which it came; nothing where it was fired.
  struct Part {
    DeliveryId delivery;
    std::uint32_t cause_depth = 0;
    bool untrusted = false;
    bool needs_approval = false;
    std::string event;
    std::string body;  // empty: the delivery is not there any more
  };
  virtual void read(std::int64_t group, Done<std::vector<Part>> done) = 0;

  /// Groups of a workflow, by the time at which they fire, and how many there are in all.
  struct Listed {
    std::vector<Group> groups;
    std::int64_t count = 0;
    std::int64_t events = 0;
  };
  virtual void list(std::string workflow, int limit, Done<Listed> done) = 0;
  /// The groups that a delivery stands in.
  virtual void find(const DeliveryId& delivery, Done<std::vector<Group>> done) = 0;
};

/// For people.
inline std::string_view to_string(HoldKind kind) { return kind == HoldKind::debounce ? "debounce" : "batch"; }

/// What a delivery's verdict says while its event is held, and once another took its place.
inline constexpr std::string_view kHeldOutcome = "held";
inline constexpr std::string_view kReplacedOutcome = "replaced";

}  // namespace callboard::log
