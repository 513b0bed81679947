#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/base/limits.hpp"
#include "shared/expression/template.hpp"
#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/shape.hpp"

/// `debounce` and `batch`: how the events of a workflow are held back. The fields, and their reading.
namespace callboard::workflow {

/// What a workflow does with an event that would start it.
struct Holding {
  enum class Kind : std::uint8_t { debounce, batch };

  Kind kind = Kind::debounce;
  std::optional<expression::Text> key;  // over event, inputs and vars; none: one for the workflow
  Micros wait{0};                       // `for`
  Micros longest{0};                    // debounce: `max`
  std::uint32_t size = 0;               // batch
};

inline constexpr Field kHoldingKey{
    "key",
    {.kind = Shape::Kind::text},
    "Events with the same key are held together; may hold expressions over event, inputs and vars. Without "
    "it all of the workflow's are."};
inline constexpr std::array kDebounceFields = {
    kHoldingKey,
    Field{"for",
          {.kind = Shape::Kind::duration},
          "How long no further event may have come before the last one starts its run.",
          Presence::required},
    Field{"max",
          {.kind = Shape::Kind::duration},
          "So long after the first one the last starts its run even while more come; 24h if not given."},
};
inline constexpr std::array kBatchFields = {
    kHoldingKey,
    Field{"size",
          {.kind = Shape::Kind::integer, .least = 1, .most = limits::kBatchEvents},
          "So many events start a run at once.",
          Presence::required},
    Field{"for",
          {.kind = Shape::Kind::duration},
          "So long after the first event those that have come start a run.",
          Presence::required},
};
inline constexpr Shape kDebounceShape = {.kind = Shape::Kind::object, .fields = kDebounceFields};
inline constexpr Shape kBatchShape = {.kind = Shape::Kind::object, .fields = kBatchFields};

/// `debounce` or `batch`, of a file whose shape has been checked. Nothing where there is neither, or it is
/// wrong.
std::optional<Holding> read_holding(const Node& root, ExpressionReader& expressions, Problems& problems);

}  // namespace callboard::workflow
