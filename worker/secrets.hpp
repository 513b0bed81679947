#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
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

/// What was taken out of the environment.
struct TakenEnvironment {
  Secrets secrets;
  std::map<std::string, std::string, std::less<>>
      settings;  // provider keys and the like, by the variable's name
};

/// Takes CALLBOARD_SECRET_<NAME>, and those of `credentials` that are set, out of the process's environment:
/// unset, and overwritten in the memory that /proc/<pid>/environ shows. NAME_FILE names a file that holds the
/// value; one newline at its end is not part of it. To be called before there are threads. `invalid` if such
/// a file can't be read.
Result<TakenEnvironment> take_environment(const std::vector<std::string_view>& credentials);

/// Bars other processes of this user from looking into this one's memory and environment (PR_SET_DUMPABLE).
void make_unreadable();

}  // namespace callboard::worker
