#include "shared/expression/expression.hpp"
#include "shared/value/write.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/unit/expression/json_contexts.hpp"

// A refusal has a place in the text; what parses evaluates, to the same value every time.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  using namespace callboard::expression;
  static const JsonContexts contexts(
      R"({"event":{"a":[1,"x",null],"n":1.5},"inputs":{},"run":{"id":"r"},"vars":{},"steps":{"a":{"result":{"b":true}}}})");
  std::size_t column = 0;
  const auto parsed = parse_expression(input, &column);
  if (!parsed) {
    CALLBOARD_CHECK(column >= 1 && column <= input.size() + 1);
    return;
  }
  const auto value = evaluate(*parsed, contexts);
  CALLBOARD_CHECK(!value || parsed->reads().secrets.empty());
  CALLBOARD_CHECK(value.has_value() == holds(*parsed, contexts).has_value());
  if (!value) return;
  CALLBOARD_CHECK(write_json(*value) == write_json(*evaluate(*parsed, contexts)));
  CALLBOARD_CHECK(*holds(*parsed, contexts) == is_true(*value));
}
