#include "dispatcher/api/openapi.hpp"

#include <gtest/gtest.h>

#include <set>

#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

void collect_references(const Value& value, std::set<std::string>& out) {
  if (value.is_array()) {
    for (const Value& item : value.get_array()) collect_references(item, out);
  }
  if (!value.is_object()) return;
  for (const auto& member : value.get_object()) {
    if (member.key() == "$ref") out.insert(std::string(member.value().get_string()));
    collect_references(member.value(), out);
  }
}

TEST(OpenApiSchemas, AreJsonAndReferOnlyToEachOther) {
  const auto schemas = read_json(openapi_schemas());
  ASSERT_TRUE(schemas.has_value()) << schemas.error().message;
  std::set<std::string> references;
  collect_references(*schemas, references);
  EXPECT_FALSE(references.empty());
  for (const std::string& reference : references) {
    const std::string name = reference.substr(reference.rfind('/') + 1);
    EXPECT_NE(find(&*schemas, name), nullptr) << name;
  }
}

}  // namespace
}  // namespace callboard::dispatcher
