#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "shared/run/event.hpp"
#include "worker/scrubber.hpp"

namespace callboard::worker {

/// The secrets of a worker, in its memory only. Immutable once the worker runs.
class Secrets {
 public:
  /// A secret that steps may name: `${secrets.NAME}`.
  void add(std::string name, std::string value);
  /// A credential of the worker itself (a provider's key): scrubbed, and never given to a step.
  void add_hidden(std::string value);

  /// Null if there is none of that name.
  const std::string* find(std::string_view name) const;
  bool empty() const { return scrubber_.empty(); }

  /// Everything that a step leaves behind, without the secrets: in keys and strings of the result, in
  /// numbers, in the message.
  void scrub(run::Outcome& outcome) const;
  std::string scrub(std::string_view text) const { return scrubber_.scrub(text); }

 private:
  std::map<std::string, std::string, std::less<>> named_;
  Scrubber scrubber_;
};

/// Bars other processes of this user from looking into this one's memory and environment (PR_SET_DUMPABLE).
void make_unreadable();

}  // namespace callboard::worker
