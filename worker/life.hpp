#pragma once

#include <memory>
#include <utility>

namespace callboard::worker {

/// Guards callbacks: what was wrapped runs only while the Life that wrapped it stands. For an owner that may
/// be gone before what it asked for is answered. One thread.
class Life {
 public:
  template <typename F>
  auto guard(F callback) const {
    return [token = std::weak_ptr<const char>(token_),
            callback = std::move(callback)](auto&&... arguments) mutable {
      if (!token.expired()) callback(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const char> token_ =
      std::make_shared<const char>('\0');  // shared with nobody; callbacks watch it
};

}  // namespace callboard::worker
