// The folder of workflow files, seen from outside: a removed file ends its triggers, and nothing else.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <set>

#include "shared/value/read.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class WorkflowFiles : public testing::Test {
 protected:
  using Names = std::set<std::string>;

  void SetUp() override { house_.start_servers(); }

  void write(const std::string& file, const std::string& text) {
    const auto draft = house_.workflows() / ".draft";
    std::ofstream(draft, std::ios::binary) << text;
    std::filesystem::rename(draft, house_.workflows() / file);
  }
  void remove(const std::string& file) { std::filesystem::remove(house_.workflows() / file); }
  static std::string workflow(const std::string& name) {
    return "name: " + name + "\non: {github: [push]}\nsteps: [{key: a, type: noop}]\n";
  }
  static std::string bad_workflow(const std::string& name) {
    return "name: " + name + "\non: {github: [push]}\nsteps: [{key: a, type: nope}]\n";
  }
  void start() {
    house_.start_dispatcher();
    ASSERT_TRUE(house_.wait_until_ready());
  }
  void stop() {
    house_.dispatcher().signal(SIGTERM);
    ASSERT_EQ(house_.dispatcher().wait(), 0);
  }
  static Names names(std::uint16_t port) {
    Names out;
    const Value page = json_of(ask(port, "GET", "/api/workflows"));
    if (const Value* items = find(&page, "items")) {
      for (const Value& item : items->as_array()) {
        if (const auto name = find_text(&item, "name"); !name.empty())
          out.emplace(name);  // a bad file has none
      }
    }
    return out;
  }
  bool comes_to(const Names& expected) {
    return eventually([&] { return names(house_.port()) == expected; });
  }
  /// The workflows that a push starts runs of.
  Names started() {
    const Value arrived = json_of(house_.deliver("push", "p-" + std::to_string(++pushes_), "{}"));
    const Value delivery =
        json_of(house_.get("/api/deliveries/" + std::string(find_text(&arrived, "deliveryId"))));
    Names out;
    for (const Value& verdict : delivery.at("verdicts").as_array())
      out.emplace(find_text(&verdict, "workflow"));
    return out;
  }
  Value bad_files() { return json_of(house_.get("/health")).at("badWorkflows"); }

  House house_;
  int pushes_ = 0;
};

TEST_F(WorkflowFiles, ThatWentWhileNothingRanStartNoRuns) {
  // given workflows of two files, and one that a person registered
  write("gone.yaml", workflow("gone"));
  write("named.yaml", workflow("before"));
  start();
  ASSERT_EQ(house_.register_workflow(workflow("posted")), 201);
  ASSERT_TRUE(comes_to({"before", "gone", "posted"}));

  // when one file goes, and the other is given another name, while no dispatcher runs
  stop();
  remove("gone.yaml");
  write("named.yaml", workflow("after"));
  start();

  // then only what the files say, and what the person registered, is current
  EXPECT_TRUE(comes_to({"after", "posted"}));
  EXPECT_EQ(started(), (Names{"after", "posted"}));
}

TEST_F(WorkflowFiles, ThatWereBadAtTheStartEndTheirLastGoodVersionWhenTheyGo) {
  write("one.yaml", workflow("one"));
  start();
  ASSERT_TRUE(comes_to({"one"}));
  stop();
  write("one.yaml", bad_workflow("one"));
  start();

  ASSERT_TRUE(eventually([&] { return !bad_files().as_array().empty(); }));
  const Value bad = bad_files();
  EXPECT_EQ(find_text(&bad.as_array()[0], "workflow"), "one") << "its last good version goes on";
  EXPECT_EQ(started(), Names{"one"});

  const std::string listed = house_.run_cli({"workflow", "list"});
  EXPECT_NE(listed.find("PROBLEM"), std::string::npos) << listed;
  EXPECT_NE(listed.find("the version before it still runs"), std::string::npos) << listed;
  EXPECT_EQ(listed.find("\\x0a"), std::string::npos) << listed;

  remove("one.yaml");
  EXPECT_TRUE(comes_to({}));
  EXPECT_EQ(started(), Names{});
  EXPECT_TRUE(bad_files().as_array().empty());
}

TEST_F(WorkflowFiles, ThatAreBadAreNamedWhereTheirWorkflowIsMissed) {
  write("builds.yaml", workflow("builds"));
  write("tests.yaml", bad_workflow("tests"));
  start();
  ASSERT_TRUE(eventually([&] { return !bad_files().as_array().empty(); }));
  const Value missed = json_of(house_.post("/api/workflows/build/runs", "{}"));
  EXPECT_EQ(
      find_text(&missed, "detail"),
      "there is no workflow build: did you mean 'builds'?; bad files, of which `callboard workflow list` "
      "tells more: tests.yaml");
}

TEST_F(WorkflowFiles, ThatShareAPathWithoutASecretDoNotStandBesideEachOther) {
  const auto listens = [](const std::string& name, const std::string& how) {
    return "name: " + name + "\non: {webhook: {path: shared, " + how + "}}\nsteps: [{type: noop}]\n";
  };
  write("open.yaml", listens("open", "scheme: none"));
  write("secured.yaml", listens("secured", "secret: A_SECRET"));
  start();
  ASSERT_TRUE(eventually([&] { return bad_files().as_array().size() == 1; }));
  EXPECT_TRUE(comes_to({"open"}));
  const std::string listed = house_.run_cli({"workflow", "list"});
  EXPECT_NE(listed.find("secured.yaml"), std::string::npos) << listed;
  const Value arrived = json_of(house_.post("/webhooks/custom/shared", "{}"));
  EXPECT_EQ(arrived.at("runs").as_array().size(), 1U) << "an open door opens no other";
}

TEST_F(WorkflowFiles, ThatLeadNowhereOrCantBeNamedAreToldAndLoseNothing) {
  const auto target = house_.workflows() / ".target";
  std::ofstream(target) << workflow("linked");
  std::filesystem::create_symlink(target, house_.workflows() / "linked.yaml");
  start();
  ASSERT_TRUE(comes_to({"linked"}));
  std::filesystem::remove(target);
  std::ofstream(house_.workflows() / "l\xe9.yaml") << workflow("latin");
  ASSERT_TRUE(eventually([&] { return bad_files().as_array().size() == 2; }));
  EXPECT_EQ(started(), Names{"linked"}) << "its last good version goes on";
  std::filesystem::remove(house_.workflows() / "linked.yaml");
  EXPECT_TRUE(comes_to({}));
}

TEST_F(WorkflowFiles, AreTheSameForTwoDispatchers) {
  // given two dispatchers on one folder, and a file that is refused
  write("conq.yaml", workflow("conq"));
  write("stays.yaml", workflow("stays"));
  start();
  const House::Replica other = house_.make_replica();
  const auto both_come_to = [&](const Names& expected) {
    return comes_to(expected) && eventually([&] { return names(other.port) == expected; });
  };
  ASSERT_TRUE(both_come_to({"conq", "stays"}));
  write("zz.yaml", "name: conq\ndescription: of zz\nsteps: [{key: a, type: noop}]\n");
  ASSERT_TRUE(eventually([&] { return bad_files().as_array().size() == 1; }));

  // when the name that it wants becomes free, and a file moves
  write("conq.yaml", workflow("conq9"));
  std::filesystem::rename(house_.workflows() / "stays.yaml", house_.workflows() / "moved.yaml");

  // then both take it up, and nothing is lost
  ASSERT_TRUE(eventually([&] {
    const Value conq = json_of(house_.get("/api/workflows/conq"));
    return find_text(&conq, "definition").find("of zz") != std::string_view::npos;
  }));
  EXPECT_TRUE(both_come_to({"conq", "conq9", "stays"}));
  EXPECT_TRUE(eventually([&] { return bad_files().as_array().empty(); }));
  EXPECT_TRUE(both_come_to({"conq", "conq9", "stays"}));

  // and one that goes ends for both
  remove("zz.yaml");
  EXPECT_TRUE(both_come_to({"conq9", "stays"}));
}

}  // namespace
}  // namespace callboard::test
