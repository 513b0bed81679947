#include "worker/sandbox/captured_output.hpp"

#include <algorithm>

namespace callboard::sandbox {

namespace {

/// Half a line could be half a secret, which nobody would find.
constexpr std::size_t kLongLine = 4096;

std::string_view whole_lines_in_front(std::string_view head) {
  const std::size_t far = head.size() - std::min(head.size(), kLongLine);
  const std::size_t end = head.rfind('\n');
  return head.substr(0, end == std::string_view::npos || end < far ? far : end);
}

std::string_view whole_lines_behind(std::string_view tail) {
  const std::size_t far = std::min(tail.size(), kLongLine);
  const std::size_t end = tail.find('\n');
  return tail.substr(end == std::string_view::npos || end >= far ? far : end + 1);
}

}  // namespace

void CapturedOutput::add(std::string_view bytes) {
  const std::size_t room = std::min(half_ - head_.size(), bytes.size());
  head_.append(bytes.substr(0, room));
  tail_.append(bytes.substr(room));
  if (tail_.size() <= 2 * half_) return;
  const std::size_t cut = tail_.size() - half_;
  tail_.erase(0, cut);
  left_out_ += cut;
}

std::string CapturedOutput::text() const {
  const std::size_t surplus = tail_.size() > half_ ? tail_.size() - half_ : 0;
  if (left_out_ + surplus == 0) return head_ + tail_;
  const std::string_view head = whole_lines_in_front(head_);
  const std::string_view tail = whole_lines_behind(std::string_view(tail_).substr(surplus));
  const std::size_t cut = head_.size() - head.size() + tail_.size() - surplus - tail.size();
  return std::string(head) + "\n[" + std::to_string(left_out_ + surplus + cut) + " bytes left out]\n" +
         std::string(tail);
}

}  // namespace callboard::sandbox
