#include "shared/workflow/glob.hpp"

#include <gtest/gtest.h>

namespace callboard::workflow {
namespace {

Globs globs(const std::vector<std::string>& patterns) {
  Globs out;
  for (const std::string& pattern : patterns) {
    auto glob = Glob::parse(pattern);
    EXPECT_TRUE(glob) << pattern << ": " << (glob ? "" : glob.error().message);
    if (glob) out.list.push_back(*std::move(glob));
  }
  return out;
}

struct Case {
  std::vector<std::string> patterns;
  std::string text;
  bool accepted;
};

/// The examples of GitHub's "Filter pattern cheat sheet", and what they leave open as nektos/act's tests have
/// it.
TEST(Globs, MatchAsActionsDocuments) {
  const Case cases[] = {
      {{"*"}, "path/with/slash", false},
      {{"path/a", "path/b"}, "path/b", true},
      {{"path/a", "path/b"}, "path/d", false},
      {{R"(\!file)"}, "!file", true},
      {{R"(escape\\backslash)"}, R"(escape\backslash)", true},
      {{".yml"}, "fyml", false},
      {{"feature/*"}, "feature/my-branch", true},
      {{"feature/*"}, "feature/a/b", false},
      {{"feature/**"}, "feature/beta-a/my-branch", true},
      {{"feature/**"}, "feature/your-branch", true},
      {{"main", "releases/mona-the-octocat"}, "releases/mona-the-octocat", true},
      {{"*"}, "releases", true},
      {{"**"}, "all/the/branches", true},
      {{"*feature"}, "mona-feature", true},
      {{"*feature"}, "feature", true},
      {{"v2*"}, "v2.9", true},
      {{"v[12].[0-9]+.[0-9]+"}, "v1.10.1", true},
      {{"v[12].[0-9]+.[0-9]+"}, "v3.0.0", false},
      {{"v[12].[0-9]+.[0-9]+"}, "v2..0", false},
      {{"*.jsx?"}, "page.js", true},
      {{"*.jsx?"}, "page.jsx", true},
      {{"*.jsx?"}, "page.jsxx", false},
      {{"*.js"}, "js/index.js", false},
      {{"**.js"}, "src/js/app.js", true},
      {{"docs/*"}, "docs/README.md", true},
      {{"docs/**/*.md"}, "docs/README.md", true},
      {{"docs/**/*.md"}, "docs/a/markdown/file.md", true},
      {{"**/docs/**"}, "docs/hello.md", true},
      {{"**/docs/**"}, "space/docs/plan/space.doc", true},
      {{"**/docs/**"}, "mydocs/hello.md", false},
      {{"**/README.md"}, "README.md", true},
      {{"**/README.md"}, "js/README.md", true},
      {{"**/*src/**"}, "my-src/code/js/app.js", true},
      {{"**/*-post.md"}, "path/their-post.md", true},
      {{"**/migrate-*.sql"}, "db/sept/migrate-v1.sql", true},
      {{"ab+c"}, "abbbc", true},
      {{"ab+c"}, "ac", false},
      {{"caf\u00e9?"}, "caf", true},
      {{"caf\u00e9+"}, "caf\u00e9\u00e9", true},
      {{"a!b"}, "a!b", true},
      {{R"(c\+\+)"}, "c++", true},
  };
  for (const Case& each : cases)
    EXPECT_EQ(globs(each.patterns).accepts(each.text), each.accepted) << each.patterns[0] << " " << each.text;
}

TEST(Globs, LetTheLastPatternThatMatchesDecide) {
  EXPECT_TRUE(globs({"*.md", "!README.md"}).accepts("hello.md"));
  EXPECT_FALSE(globs({"*.md", "!README.md"}).accepts("README.md"));
  EXPECT_TRUE(globs({"*.md", "!README.md", "README*"}).accepts("README.md"));
  EXPECT_TRUE(globs({"!README.md", "*.md"}).accepts("README.md"));
}

TEST(Glob, SaysWhatIsNoPatternAndWhere) {
  struct Bad {
    std::string source;
    std::size_t offset;
    std::string part;
  };
  const Bad cases[] = {
      {"", 0, "can't be empty"},
      {"!", 1, "can't be empty"},
      {"?a", 0, "expected a character"},
      {"a**+", 3, "expected a character"},
      {"a??", 2, "expected a character"},
      {"v[0-9", 1, "without a ]"},
      {"v[]", 1, "found []"},
      {"v[9-0]", 2, "is none"},
      {"v[a-9]", 2, "is none"},
      {"v[!a]", 2, "expected letters"},
      {R"(a\)", 1, "behind it"},
      {R"(a\d)", 1, "behind it"},
      {"a\nb", 1, "control characters"},
      {std::string(300, 'a'), 256, "at most 256"},
  };
  for (const Bad& each : cases) {
    const auto glob = Glob::parse(each.source);
    ASSERT_FALSE(glob) << each.source;
    EXPECT_EQ(glob.error().offset, each.offset) << each.source;
    EXPECT_NE(glob.error().message.find(each.part), std::string::npos)
        << each.source << ": " << glob.error().message;
  }
}

TEST(Glob, TakesNoMoreThanTextTimesPattern) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "a+**";
  const std::string text(20'000, 'a');
  EXPECT_FALSE(Glob::parse(pattern + "b")->matches(text));
  EXPECT_TRUE(Glob::parse(pattern)->matches(text));
}

}  // namespace
}  // namespace callboard::workflow
