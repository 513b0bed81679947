#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callboard::sandbox {

/// What one stream of a process said: all of it, or its beginning and its end with a line between that counts
/// what was left out.
class CapturedOutput {
 public:
  explicit CapturedOutput(std::size_t limit) : half_(limit / 2) {}

  void add(std::string_view bytes);
  bool is_truncated() const { return left_out_ > 0 || tail_.size() > half_; }
  std::string text() const;

 private:
  std::size_t half_;
  std::string head_;
  std::string tail_;  // up to twice half_; its beginning is cut now and then
  std::size_t left_out_ = 0;
};

}  // namespace callboard::sandbox
