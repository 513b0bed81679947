#include "dispatcher/triggers/folder_watch.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <utility>
#include <vector>

#include "dispatcher/triggers/compiled_definitions.hpp"
#include "shared/log/memory/memory_log.hpp"
#include "tests/support/sim_loop.hpp"
#include "topics/memory/memory_bus.hpp"

namespace callboard::dispatcher {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string workflow_text(const std::string& name, const std::string& executor = "noop") {
  return "name: " + name + "\non: {github: [push]}\nsteps:\n  - key: a\n    type: " + executor + "\n";
}

constexpr Incarnation kOther{Uuid{{1}}};

class FolderOfWorkflows : public testing::Test {
 protected:
  FolderOfWorkflows() {
    std::string pattern = (fs::temp_directory_path() / "callboard-folder-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~FolderOfWorkflows() override { fs::remove_all(folder_); }

  /// Files are told apart by their times, which a quick test does not let pass by itself.
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    fs::last_write_time(folder_ / name, fs::file_time_type::clock::now() + std::chrono::seconds(++written_));
  }
  void start() {
    registry_.start();
    watch_.emplace(loop_, registry_, folder_, [this](const std::string& file, const std::string& problems) {
      told_.emplace_back(file, problems);
    });
    watch_->start();
    time_.run_for(100ms);
  }
  void stop() { watch_.reset(); }
  void post(const std::string& text) {
    registry_.add(text, "yaml", true, [](auto added) { EXPECT_TRUE(added.has_value()); });
    time_.run_for(100ms);
  }
  void remove(const std::string& name) { fs::remove(folder_ / name); }
  std::vector<std::string> slugs() const {
    std::vector<std::string> out;
    for (const auto& workflow : registry_.workflows().list()) out.push_back(workflow->graph->slug);
    return out;
  }
  using Slugs = std::vector<std::string>;
  Registry::Ports ports() {
    return {.loop = loop_,
            .catalog = log_.catalog(),
            .run_ends = log_.run_ends(),
            .definitions = definitions_,
            .notices = end_->notices()};
  }

  test::SimTime time_;
  test::SimLoop loop_{time_};
  test::SimClock clock_{time_};
  log::MemoryTables tables_{clock_};
  log::MemoryLog log_{loop_, clock_, tables_};
  CompiledDefinitions definitions_{loop_, log_.catalog(), true};
  topics::MemoryBus bus_{loop_, clock_};
  std::unique_ptr<topics::Bus> end_ = bus_.connect(loop_);
  Registry registry_{ports(), Incarnation(), true};
  fs::path folder_;
  std::optional<FolderWatch> watch_;
  int written_ = 0;
  std::vector<std::pair<std::string, std::string>> told_;  // files and their problems
};

TEST_F(FolderOfWorkflows, NamesTheFileThatDefinesAWorkflowAlready) {
  write("one.yaml", workflow_text("w"));
  start();
  write("new.yaml", workflow_text("w"));
  time_.run_for(3s);
  ASSERT_FALSE(told_.empty());
  EXPECT_EQ(told_.back(), std::pair(std::string("new.yaml"),
                                    std::string("new.yaml: the workflow w is defined by one.yaml already")));
}

TEST_F(FolderOfWorkflows, IsLoadedAtStart) {
  write("one.yaml", workflow_text("one"));
  write("two.json", R"({"name":"two","steps":[{"key":"a","type":"noop"}]})");
  write("notes.txt", "nothing");
  write(".hidden.yaml", workflow_text("hidden"));
  start();
  EXPECT_EQ(slugs(), (Slugs{"one", "two"}));
  EXPECT_TRUE(watch_->bad_files().empty());
}

TEST_F(FolderOfWorkflows, TakesChangesOnceTheyStandStill) {
  write("one.yaml", workflow_text("one"));
  start();
  const std::string before = registry_.workflows().find("one")->graph->hash;
  write("one.yaml", workflow_text("one", "echo"));
  time_.run_for(1100ms);
  EXPECT_EQ(registry_.workflows().find("one")->graph->hash, before) << "seen for the first time";
  time_.run_for(1s);
  EXPECT_NE(registry_.workflows().find("one")->graph->hash, before);
}

TEST_F(FolderOfWorkflows, KeepsTheLastGoodVersionOfAFileThatTurnsBad) {
  write("one.yaml", workflow_text("one"));
  start();
  write("one.yaml", "name: one\nsteps: [{key: a, type: nope}]\n");
  time_.run_for(3s);
  EXPECT_EQ(slugs(), Slugs{"one"});
  ASSERT_EQ(watch_->bad_files().size(), 1u);
  EXPECT_EQ(watch_->bad_files()[0].workflow, "one");
  EXPECT_NE(watch_->bad_files()[0].problems.find("one.yaml:2:"), std::string::npos);

  write("one.yaml", workflow_text("one", "echo"));
  time_.run_for(3s);
  EXPECT_TRUE(watch_->bad_files().empty());
}

TEST_F(FolderOfWorkflows, RetiresTheWorkflowOfAFileThatGoes) {
  write("one.yaml", workflow_text("one"));
  write("two.yaml", workflow_text("two"));
  start();
  fs::remove(folder_ / "one.yaml");
  time_.run_for(3s);
  EXPECT_EQ(slugs(), Slugs{"two"});
}

TEST_F(FolderOfWorkflows, RetiresTheOldNameOfAFileThatIsNamedAnew) {
  write("one.yaml", workflow_text("one"));
  start();
  write("one.yaml", workflow_text("uno"));
  time_.run_for(3s);
  EXPECT_EQ(slugs(), Slugs{"uno"});
}

TEST_F(FolderOfWorkflows, RefusesTheSecondFileOfOneWorkflowUntilTheFirstGoes) {
  write("a.yaml", workflow_text("one"));
  start();
  write("b.yaml", workflow_text("one", "echo"));
  time_.run_for(3s);
  ASSERT_EQ(watch_->bad_files().size(), 1u);
  EXPECT_EQ(watch_->bad_files()[0].file, "b.yaml");
  fs::remove(folder_ / "a.yaml");
  time_.run_for(5s);
  EXPECT_EQ(slugs(), Slugs{"one"});
  EXPECT_TRUE(watch_->bad_files().empty());
}

TEST_F(FolderOfWorkflows, RetiresNothingWhenTheFolderCanNotBeRead) {
  write("one.yaml", workflow_text("one"));
  start();
  fs::rename(folder_, folder_.string() + "-away");
  time_.run_for(3s);
  EXPECT_EQ(slugs(), Slugs{"one"});
  EXPECT_EQ(watch_->bad_files().size(), 1u);
  fs::rename(folder_.string() + "-away", folder_);
  time_.run_for(3s);
  EXPECT_TRUE(watch_->bad_files().empty());
}

TEST_F(FolderOfWorkflows, EndsTheWorkflowOfAFileThatWentWhileNobodyLooked) {
  write("one.yaml", workflow_text("one"));
  write("two.yaml", workflow_text("two"));
  start();
  post(workflow_text("posted"));
  stop();
  remove("one.yaml");
  write("two.yaml", workflow_text("due"));

  start();

  EXPECT_EQ(slugs(), (Slugs{"due", "posted"}));
}

TEST_F(FolderOfWorkflows, EndsTheLastGoodVersionOfAFileThatWasBadAtTheStart) {
  write("one.yaml", workflow_text("one"));
  start();
  stop();
  write("one.yaml", "name: one\nsteps: [{key: a, type: nope}]\n");

  start();
  EXPECT_EQ(slugs(), Slugs{"one"});
  ASSERT_EQ(watch_->bad_files().size(), 1u);
  EXPECT_EQ(watch_->bad_files()[0].workflow, "one");

  remove("one.yaml");
  time_.run_for(3s);
  EXPECT_EQ(slugs(), Slugs{});
  EXPECT_TRUE(watch_->bad_files().empty());
}

TEST_F(FolderOfWorkflows, DoesNotEndWhatAPersonMadeCurrentSince) {
  write("one.yaml", workflow_text("one"));
  start();
  post(workflow_text("one", "echo"));
  remove("one.yaml");
  time_.run_for(3s);
  EXPECT_EQ(slugs(), Slugs{"one"});
}

TEST_F(FolderOfWorkflows, DoesNotEndWhatAnotherFolderMadeCurrent) {
  registry_.add_file(workflow_text("theirs"), "yaml", "/elsewhere/theirs.yaml", [](auto) {});
  time_.run_for(100ms);
  start();
  time_.run_for(5s);
  EXPECT_EQ(slugs(), Slugs{"theirs"});
}

TEST_F(FolderOfWorkflows, SharedByTwoDispatchersEndsNothingThatTheOtherHasTaken) {
  Registry other(ports(), kOther, true);
  other.start();
  FolderWatch beside(loop_, other, folder_, [](const auto&, const auto&) {});
  write("one.yaml", workflow_text("one"));
  start();
  time_.run_for(500ms);
  beside.start();
  time_.run_for(3s);

  fs::rename(folder_ / "one.yaml", folder_ / "uno.yaml");
  time_.run_for(10s);

  EXPECT_EQ(slugs(), Slugs{"one"});
  EXPECT_EQ(other.workflows().list().size(), 1u);
  EXPECT_EQ(registry_.files().at("one"), (folder_ / "uno.yaml").string());
}

TEST_F(FolderOfWorkflows, TakesUpANameThatAnotherFileGaveUp) {
  write("conq.yaml", workflow_text("conq"));
  start();
  write("zz.yaml", workflow_text("conq", "echo"));
  time_.run_for(3s);
  ASSERT_EQ(watch_->bad_files().size(), 1u);

  write("conq.yaml", workflow_text("conq9"));
  time_.run_for(5s);

  EXPECT_EQ(slugs(), (Slugs{"conq", "conq9"}));
  EXPECT_TRUE(watch_->bad_files().empty());
  EXPECT_EQ(registry_.files().at("conq"), (folder_ / "zz.yaml").string());
}

TEST_F(FolderOfWorkflows, TakesTwoFilesThatExchangeTheirNames) {
  write("a.yaml", workflow_text("one"));
  write("b.yaml", workflow_text("two"));
  start();
  write("a.yaml", workflow_text("two"));
  write("b.yaml", workflow_text("one"));
  time_.run_for(5s);
  EXPECT_EQ(slugs(), (Slugs{"one", "two"}));
  EXPECT_TRUE(watch_->bad_files().empty());
  EXPECT_EQ(registry_.files().at("one"), (folder_ / "b.yaml").string());
}

TEST_F(FolderOfWorkflows, KeepsAWorkflowWhoseFileIsRenamed) {
  write("one.yaml", workflow_text("one"));
  start();
  fs::rename(folder_ / "one.yaml", folder_ / "two.yaml");
  for (int i = 0; i < 60; ++i) {
    time_.run_for(100ms);
    ASSERT_EQ(slugs(), Slugs{"one"}) << i;
  }
  EXPECT_TRUE(watch_->bad_files().empty());
  remove("two.yaml");
  time_.run_for(3s);
  EXPECT_EQ(slugs(), Slugs{}) << "it was of the new file";
}

TEST_F(FolderOfWorkflows, KeepsWorkflowsThatFilesPassOnOneAfterTheOther) {
  write("a.yaml", workflow_text("one"));
  write("b.yaml", workflow_text("two"));
  start();
  write("a.yaml", workflow_text("two"));
  for (int i = 0; i < 60; ++i) {
    if (i == 14) write("b.yaml", workflow_text("one"));  // between two looks
    time_.run_for(100ms);
    ASSERT_EQ(slugs(), (Slugs{"one", "two"})) << i;
  }
  EXPECT_TRUE(watch_->bad_files().empty());
}

TEST_F(FolderOfWorkflows, EndsWhatIsGoneThoughAFileNeverStandsStill) {
  write("one.yaml", workflow_text("one"));
  write("restless.yaml", workflow_text("restless"));
  start();
  remove("one.yaml");
  for (int i = 0; i < 10; ++i) {
    write("restless.yaml", workflow_text("restless"));
    time_.run_for(1s);
  }
  EXPECT_EQ(slugs(), Slugs{"restless"});
}

TEST_F(FolderOfWorkflows, OfTwoFilesOfOneWorkflowTakesTheFirstAtTheStart) {
  write("a.yaml", workflow_text("one"));
  write("b.yaml", workflow_text("one", "echo"));
  start();
  ASSERT_EQ(watch_->bad_files().size(), 1u);
  EXPECT_EQ(watch_->bad_files()[0].file, "b.yaml");
  EXPECT_EQ(registry_.files().at("one"), (folder_ / "a.yaml").string());
}

TEST_F(FolderOfWorkflows, TellsOnceOfAFileThatTurnsBadAndThatItIsGoodAgain) {
  write("one.yaml", workflow_text("one"));
  start();
  write("one.yaml", "name: one\nsteps: [{key: a, type: nope}]\n");
  time_.run_for(5s);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].first, "one.yaml");
  EXPECT_NE(told_[0].second.find("nope"), std::string::npos);
  write("one.yaml", workflow_text("one", "echo"));
  time_.run_for(5s);
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(told_[1].second, "");
}

TEST_F(FolderOfWorkflows, SeesWhatOthersRegister) {
  start();
  Registry other(ports(), kOther, true);
  other.add(workflow_text("theirs"), "yaml", true, [](auto added) { EXPECT_TRUE(added.has_value()); });
  time_.run_for(5s);
  EXPECT_EQ(slugs(), Slugs{"theirs"});
}

}  // namespace
}  // namespace callboard::dispatcher
