#include "shared/workflow/schema.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "shared/value/write.hpp"
#include "shared/workflow/compile.hpp"
#include "shared/workflow/tree.hpp"
#include "tests/unit/workflow/asked.hpp"

// The published schema against the validator, by way of a validator of others (python3-jsonschema).
namespace callboard::workflow {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::stringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

void add_folder(const std::string& folder, std::vector<Document>& out) {
  for (const auto& entry : fs::directory_iterator(CALLBOARD_SOURCE "/" + folder)) {
    const std::string ending = entry.path().extension();
    if (ending != ".yaml" && ending != ".json") continue;
    const std::string text = read(entry.path());
    const auto tree = ending == ".json" ? read_json_tree(text) : read_yaml(text);
    if (tree) out.push_back({entry.path().filename(), to_value(*tree)});
  }
}

/// The workflows of the guide.
void add_guide(std::vector<Document>& out) {
  for (const auto& entry : fs::directory_iterator(CALLBOARD_SOURCE "/shared/workflow/guide")) {
    std::string page = read(entry.path());
    constexpr std::string_view kOpening = "```yaml\n";
    for (std::size_t at = page.find(kOpening); at != std::string::npos; at = page.find(kOpening, at)) {
      at += kOpening.size();
      const auto tree = read_yaml(page.substr(at, page.find("```", at) - at));
      ASSERT_TRUE(tree) << entry.path();
      out.push_back({entry.path().filename(), to_value(*tree)});
    }
  }
}

/// What a step, or another entry of a list, is: where two are the same, so is what a schema says of their
/// parts.
std::string kind_of(const Value& entry) {
  std::string out;
  for (const char* name : {"type", "provider", "uses"}) {
    const Value* kind = entry.is_object() ? entry.get_object().if_contains(name) : nullptr;
    if (kind != nullptr) out += write_json(*kind);
  }
  return out;
}

/// Documents with one thing changed in each: a member gone, one too many, one of another kind. The same
/// change at the same place of the same kind of step is made once.
class Mutants {
 public:
  explicit Mutants(std::vector<Document>& out) : out_(out) {}

  void add(const Document& from) {
    name_ = from.name;
    visit(from.value, "", [](Value whole) { return whole; });
  }

 private:
  using Whole = std::function<Value(Value)>;

  void change(const std::string& where, const std::string& what, Value changed, const Whole& whole) {
    if (seen_.insert(where + ": " + what + " " + write_json(changed)).second)
      out_.push_back({name_ + where + ": " + what, whole(std::move(changed))});
  }

  void visit(const Value& here, const std::string& where, const Whole& whole) {
    if (here.is_array()) return visit_list(here, where, whole);
    if (here.is_object()) return visit_object(here, where, whole);
    for (const Value& other : {Value(7), Value("odd one"), Value(Object())})
      change(where, "->", other, whole);
  }

  void visit_list(const Value& here, const std::string& where, const Whole& whole) {
    change(where, "[]", Array(), whole);
    for (std::size_t i = 0; i < here.get_array().size(); ++i) {
      visit(here.get_array()[i], where + "[" + kind_of(here.get_array()[i]) + "]", [&](Value inner) {
        Value copy = here;
        copy.get_array()[i] = std::move(inner);
        return whole(std::move(copy));
      });
    }
  }

  void visit_object(const Value& here, const std::string& where, const Whole& whole) {
    Value more = here;
    more.get_object()["unheardOf"] = 1;
    change(where, "more", std::move(more), whole);
    for (const auto& member : here.get_object()) {
      const std::string name(member.key().data(), member.key().size());
      Value less = here;
      less.get_object().erase(name);
      change(where, "without " + name, std::move(less), whole);
      visit(member.value(), where + "." + name, [&](Value inner) {
        Value copy = here;
        copy.get_object()[name] = std::move(inner);
        return whole(std::move(copy));
      });
    }
  }

  std::vector<Document>& out_;
  std::string name_;
  std::set<std::string> seen_;
};

TEST(WorkflowSchema, AgreesWithTheValidatorAsFarAsASchemaCanSay) {
  std::vector<Document> documents;
  add_folder("deploy/workflows", documents);
  add_folder("deploy/authoring/templates", documents);
  add_guide(documents);
  const std::size_t valid = documents.size();
  ASSERT_GT(valid, 20u);
  Mutants mutants(documents);
  for (std::size_t i = 0; i < valid; ++i) mutants.add(Document(documents[i]));
  add_folder("tests/unit/workflow/bad", documents);
  const std::vector<bool> said = ask_validator(documents);
  ASSERT_EQ(said.size(), documents.size());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const Document& document = documents[i];
    if (i < valid) {
      EXPECT_TRUE(said[i]) << document.name << " " << write_json(document.value);
    }
    if (said[i]) continue;
    ++refused;
    EXPECT_FALSE(compile(write_json(document.value), Format::json))
        << document.name << " is refused by the schema alone: " << write_json(document.value);
  }
  EXPECT_GT(refused, 200u);
}

/// Every schema of a field below `schema` that says nothing of what it is for.
void find_undescribed(const Value& schema, const std::string& path, std::set<std::string>& out) {
  if (schema.is_array()) {
    for (const Value& each : schema.get_array()) find_undescribed(each, path, out);
  }
  if (!schema.is_object()) return;
  for (const auto& member : schema.get_object()) {
    const std::string name(member.key().data(), member.key().size());
    if (name == "examples" || name == "if" || name == "then" || name == "else") continue;
    // Without a type they are rules for members that are described elsewhere.
    if (name == "properties" && !schema.get_object().contains("type")) continue;
    if (name != "properties") {
      find_undescribed(member.value(), path + "/" + name, out);
      continue;
    }
    for (const auto& field : member.value().as_object()) {
      const std::string below = path + "." + std::string(field.key().data(), field.key().size());
      const Value* const described = field.value().as_object().if_contains("description");
      if (described == nullptr || described->as_string().empty()) out.insert(below);
      find_undescribed(field.value(), below, out);
    }
  }
}

/// Of the properties of one schema, those that say nothing of what they are for.
void find_undescribed_properties(const Object& schema, const std::string& path, std::set<std::string>& out) {
  for (const auto& field : schema.at("properties").as_object()) {
    const Value* const described = field.value().as_object().if_contains("description");
    if (described == nullptr || described->as_string().empty())
      out.insert(path + "." + std::string(field.key().data(), field.key().size()));
  }
}

TEST(WorkflowSchema, SaysOfAWorkflowAStepAndAnInnerSchemaWhatTheirPropertiesAreFor) {
  const Value whole = workflow_schema();
  const Object& definitions = whole.at("$defs").as_object();
  std::set<std::string> undescribed;
  find_undescribed_properties(whole.as_object(), "#", undescribed);
  find_undescribed_properties(definitions.at("step").as_object(), "step", undescribed);
  const Object& inner = definitions.at("jsonSchema").as_object();
  find_undescribed_properties(inner, "jsonSchema", undescribed);
  for (const auto& pattern : inner.at("patternProperties").as_object())
    EXPECT_TRUE(pattern.value().as_object().contains("description"));
  for (const std::string& path : undescribed) ADD_FAILURE() << path;
}

TEST(WorkflowSchema, SaysOfEveryFieldAndParameterWhatItIsFor) {
  std::set<std::string> undescribed;
  find_undescribed(workflow_schema(), "", undescribed);
  for (const std::string& path : undescribed) ADD_FAILURE() << path;
}

}  // namespace
}  // namespace callboard::workflow
