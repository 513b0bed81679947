#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/time.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// One attempt of GitHub's to deliver a webhook, as its deliveries API lists it.
struct DeliveryAttempt {
  std::int64_t id = 0;
  std::string guid;  // of the delivery; its attempts share it
  Time at{};
  int status = 0;  // what we answered; 0: nothing
};
/// A page of GET …/deliveries. `invalid` where it is none; entries without id or guid are left out.
Result<std::vector<DeliveryAttempt>> read_attempts(std::string_view json);

/// The page behind this one, out of the header Link; empty: this is the last.
std::string next_page(std::string_view link);

/// Attempts of one hook, newest first, until what is left is known to have failed.
class FailedDeliveries {
 public:
  void add(const DeliveryAttempt& attempt);
  /// The newest attempt of every delivery of which none was taken, oldest first. What we refused for what it
  /// is (no JSON, too large) is left out: it would be refused again.
  std::vector<DeliveryAttempt> take();

 private:
  struct Known {
    DeliveryAttempt newest;
    bool is_settled = false;
  };
  std::map<std::string, Known, std::less<>> by_guid_;
};

/// A delivery as the deliveries API keeps it: what was sent.
struct KeptDelivery {
  std::string event;    // "pull_request.opened"
  std::string headers;  // compact JSON object
  Value payload;
};
/// GET …/deliveries/<id>.
Result<KeptDelivery> read_kept_delivery(std::string_view json);

}  // namespace callboard::dispatcher
