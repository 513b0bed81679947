#pragma once

#include <cstddef>
#include <string_view>

#include "shared/base/time.hpp"
#include "shared/value/value.hpp"

namespace callboard::expression {

enum class StatusFunction : std::uint8_t { success, failure, always, cancelled };

/// What an expression may look at. Borrowed for one evaluation; the values live at least as long.
class Contexts {
 public:
  virtual ~Contexts() = default;
  /// `event`, `inputs`, `run`, `vars`, `item`, `index`: null where there is none (an expression then reads
  /// null).
  virtual const Value* find_context(std::string_view name) const = 0;
  /// `steps.<key>`: {result, status, error, attempts}; null if there is no such step. The key itself, else
  /// the only one that is the same without case.
  virtual const Value* find_step(std::string_view key) const = 0;
  /// `steps[i]`, in the order of the file; null behind the last.
  virtual const Value* find_step(std::size_t index) const = 0;
  /// success() failure() always() cancelled(), of the step whose expression this is.
  virtual bool status(StatusFunction function) const = 0;
  /// now(): a time that the log tells, so that it is the same whenever the log is read.
  virtual Time now() const = 0;
};

}  // namespace callboard::expression
