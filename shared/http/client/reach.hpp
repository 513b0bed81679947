#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/http/client/address.hpp"

namespace callboard::http {

/// Which private addresses may be reached. Immutable; thread-safe.
class Reach {
 public:
  /// Each entry is a host name (exact, without case), an address or a range. `invalid` names the entry that
  /// is none.
  static Result<Reach> make(const std::vector<std::string>& allowed);
  Reach() = default;  // none

  /// `host` is what stands in the URL, `address` what is really connected to.
  bool allows(std::string_view host, const Address& address) const;

 private:
  std::vector<std::string> hosts_;  // lower case
  std::vector<Range> ranges_;
};

}  // namespace callboard::http
