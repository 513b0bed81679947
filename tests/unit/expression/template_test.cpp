#include "shared/expression/template.hpp"

#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
#include "shared/value/write.hpp"
#include "tests/unit/expression/json_contexts.hpp"

namespace callboard::expression {
namespace {

Template made(std::string_view json) {
  auto out = make_template(*read_json(json));
  EXPECT_TRUE(out) << json << ": " << (out ? "" : out.error().message);
  return out ? *out : Template();
}

std::string rendered(std::string_view json, std::string_view contexts = "{}") {
  const auto out = render(made(json), JsonContexts(contexts));
  return out ? out->json : "failed: " + out.error().message;
}

TEST(Template, OfNothingIsAnEmptyObject) {
  EXPECT_TRUE(Template().is_constant());
  EXPECT_EQ(Template().constant().json, "{}");
}

TEST(Template, WithoutExpressionsIsRenderedOnce) {
  const Template from = made(R"({"a":[1,{"b":"$5"}],"c":{},"d":[],"e":null,"f":"$${x}"})");
  ASSERT_TRUE(from.is_constant());
  EXPECT_EQ(from.constant().json, R"({"a":[1,{"b":"$5"}],"c":{},"d":[],"e":null,"f":"${x}"})");
}

TEST(Template, PutsValuesInWithTheirTypes) {
  EXPECT_EQ(
      rendered(R"({"n":"${event.n}","deep":[{"t":"#${event.n}"}],"o":"${event}"})", R"({"event":{"n":7}})"),
      R"({"n":7,"deep":[{"t":"#7"}],"o":{"n":7}})");
}

TEST(Template, CanBeOneString) {
  EXPECT_EQ(rendered(R"("${event.n}")", R"({"event":{"n":"x\"y"}})"), R"("x\"y")");
}

TEST(Template, TakesKeysAsTheyAre) { EXPECT_EQ(rendered(R"({"${event.n}":1})"), R"({"${event.n}":1})"); }

TEST(Template, KeepsItsSource) {
  EXPECT_EQ(write_json(made(R"({"a":"${steps.b.result}"})").source()), R"({"a":"${steps.b.result}"})");
}

TEST(Template, CollectsWhatItReads) {
  const Template from = made(R"({"a":"${steps.b.result}","c":["${secrets.KEY}","${event.x}"]})");
  EXPECT_EQ(from.reads().steps, std::vector<std::string>{"b"});
  EXPECT_EQ(from.reads().secrets, std::vector<std::string>{"KEY"});
  EXPECT_TRUE(from.reads().event);
}

TEST(Template, NamesThePlaceOfAnExpressionThatIsWrong) {
  const auto out = make_template(*read_json(R"({"a":[{"b/c":"${evnt}"}]})"));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message, "/a/0/b~1c: unknown context 'evnt': did you mean 'event'?");
}

TEST(Template, NamesThePlaceOfAnExpressionThatFails) {
  const auto message = [](std::string_view json) {
    const auto out = render(made(json), JsonContexts(R"({"event":{"x":"{"}})"));
    return out ? "rendered" : out.error().message;
  };
  const std::string fault = "column 1 of fromJSON(event.x): ";
  EXPECT_TRUE(message(R"({"x":"${ fromJSON(event.x) }"})").starts_with("x: " + fault));
  EXPECT_TRUE(message(R"({"a":[1,{"b/c":"see ${ fromJSON(event.x) }"}]})").starts_with("a[1].b/c: " + fault));
  EXPECT_TRUE(message(R"({"t":"${ fromJSON(event.x) } ${secrets.A}"})").starts_with("t: " + fault));
  EXPECT_TRUE(message(R"("${ fromJSON(event.x) }")").starts_with(fault));
}

TEST(Template, AsksForTheOpeningOfEachString) {
  const auto opening = [](std::string_view pointer) {
    return pointer == "/run" ? Opening::double_brace : Opening::dollar_brace;
  };
  const auto from =
      make_template(*read_json(R"({"run":"echo ${X} ${{event.n}}","env":{"X":"${event.n}"}})"), opening);
  ASSERT_TRUE(from);
  EXPECT_EQ(render(*from, JsonContexts(R"({"event":{"n":7}})"))->json,
            R"({"run":"echo ${X} 7","env":{"X":7}})");
}

TEST(Template, RefusesToGrowBeyondWhatAJobHolds) {
  const std::string large = R"({"event":")" + std::string(limits::kRenderedBytes / 2, 'x') + R"("})";
  const auto out = render(made(R"(["${event}","${event}"])"), JsonContexts(large));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::too_large);
}

TEST(Template, CountsTheTextBesideASecret) {
  const std::string large = R"({"event":")" + std::string(limits::kRenderedBytes, 'x') + R"("})";
  const auto out = render(made(R"(["${event} ${secrets.A}"])"), JsonContexts(large));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace callboard::expression
