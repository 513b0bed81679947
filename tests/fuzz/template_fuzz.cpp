#include "shared/expression/template.hpp"
#include "shared/value/write.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/unit/expression/json_contexts.hpp"

// A payload that spells a secret never gets one; what is rendered is JSON, and every slot has its place in
// it.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  using namespace callboard::expression;
  static const JsonContexts contexts(
      R"({"event":{"a":"${secrets.A}","n":1},"steps":{"a":{"result":{"b":true}}}})");
  static const std::string secret = "5ecret";
  std::vector<TextFault> faults;
  parse_right_parts(input, Opening::double_brace, faults);
  CALLBOARD_CHECK(faults.empty() == parse_text(input, Opening::double_brace).has_value());
  for (const TextFault& fault : faults) CALLBOARD_CHECK(fault.offset <= input.size());

  auto source = read_json(input);
  if (!source) source = Value(boost::json::string_view(input.data(), input.size()));
  const auto made = make_template(*source);
  if (!made) return;
  const auto rendered = render(*made, contexts);
  if (!rendered) return;
  CALLBOARD_CHECK(made->reads().secrets.empty() == rendered->secrets.empty());
  const auto filled = fill_secrets(*rendered, [](std::string_view) { return &secret; });
  CALLBOARD_CHECK(filled || !read_json(rendered->json));
}
