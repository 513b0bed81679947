#include "dispatcher/triggers/registry.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dispatcher/triggers/compiled_definitions.hpp"
#include "shared/log/memory/memory_log.hpp"
#include "tests/support/sim_loop.hpp"
#include "topics/job.hpp"
#include "topics/memory/memory_bus.hpp"

namespace callboard::dispatcher {
namespace {

using namespace std::chrono_literals;
using Slugs = std::vector<std::string>;

constexpr Micros kSoon = 50ms;
constexpr Micros kFallback = 4s;  // when the look that comes by itself has come

std::string workflow_text(const std::string& name, const std::string& executor = "noop") {
  return "name: " + name + "\non: {github: [push]}\nsteps:\n  - key: a\n    type: " + executor + "\n";
}

/// Counts the looks at a catalog. What a look has read arrives 20 ms later.
class CountedCatalog final : public log::Catalog {
 public:
  CountedCatalog(Loop& loop, log::Catalog& catalog) : loop_(loop), catalog_(catalog) {}

  void store(log::Definition definition, log::Done<log::Definition> done) override {
    catalog_.store(std::move(definition), std::move(done));
  }
  void retire(std::string slug, std::string file, log::Done<bool> done) override {
    catalog_.retire(std::move(slug), std::move(file), std::move(done));
  }
  void load(std::string hash, log::Done<log::Definition> done) override {
    catalog_.load(std::move(hash), std::move(done));
  }
  void current(log::Done<std::vector<log::Definition>> done) override {
    ++looks;
    catalog_.current([this, done = std::move(done)](auto found) mutable {
      loop_.after(20ms, [done = std::move(done), found = std::move(found)]() mutable { done(found); });
    });
  }
  void versions(std::string slug, log::Done<std::vector<log::Definition>> done) override {
    catalog_.versions(std::move(slug), std::move(done));
  }

  int looks = 0;

 private:
  Loop& loop_;
  log::Catalog& catalog_;
};

class TwoDispatchers : public testing::Test {
 protected:
  struct Dispatcher {
    explicit Dispatcher(TwoDispatchers& house)
        : log(house.loop_, house.clock_, house.tables_),
          catalog(house.loop_, log.catalog()),
          definitions(house.loop_, log.catalog(), true),
          end(house.bus_.connect(house.loop_)),
          self{make_uuid(house.clock_.now(), house.random_)},
          registry({.loop = house.loop_,
                    .catalog = catalog,
                    .run_ends = log.run_ends(),
                    .definitions = definitions,
                    .notices = end->notices()},
                   self, true) {
      registry.start();
    }

    Slugs slugs() const {
      Slugs out;
      for (const auto& workflow : registry.workflows().list()) out.push_back(workflow->graph->slug);
      return out;
    }
    void post(const std::string& text) {
      registry.add(text, "yaml", true, [](auto added) { EXPECT_TRUE(added.has_value()); });
    }
    void post_file(const std::string& text, const std::string& file) {
      registry.add_file(text, "yaml", file, [](auto added) { EXPECT_TRUE(added.has_value()); });
    }
    void tell_of_change() {
      end->notices().broadcast(topics::Notices::Audience::dispatchers,
                               topics::encode_workflows_changed(self));
    }

    log::MemoryLog log;
    CountedCatalog catalog;
    CompiledDefinitions definitions;
    std::unique_ptr<topics::Bus> end;
    Incarnation self;
    Registry registry;
  };

  TwoDispatchers() {
    time_.run_for(1s);  // both have looked, and rest no more
    here_.catalog.looks = there_.catalog.looks = 0;
  }

  test::SimTime time_;
  test::SimLoop loop_{time_};
  test::SimClock clock_{time_};
  test::SimRandom random_{7};
  log::MemoryTables tables_{clock_};
  topics::MemoryBus bus_{loop_, clock_};
  Dispatcher here_{*this};
  Dispatcher there_{*this};
};

TEST_F(TwoDispatchers, HearOfEachOthersWorkflowsAtOnce) {
  here_.post(workflow_text("one"));
  time_.run_for(kSoon);
  EXPECT_EQ(there_.slugs(), Slugs{"one"});
  time_.run_for(200ms);

  const std::string before = there_.registry.workflows().hash();
  here_.post(workflow_text("one", "echo"));
  time_.run_for(kSoon);
  EXPECT_NE(there_.registry.workflows().hash(), before);
  EXPECT_EQ(there_.registry.workflows().hash(), here_.registry.workflows().hash());
}

TEST_F(TwoDispatchers, HearOfWorkflowsThatEnd) {
  here_.post_file(workflow_text("one"), "/w/one.yaml");
  here_.post_file(workflow_text("two"), "/w/two.yaml");
  time_.run_for(1s);
  ASSERT_EQ(there_.slugs(), (Slugs{"one", "two"}));

  here_.registry.retire("one", "/w/one.yaml", [](const Result<bool>& retired) { EXPECT_TRUE(*retired); });
  time_.run_for(kSoon);
  EXPECT_EQ(there_.slugs(), Slugs{"two"});
  time_.run_for(200ms);

  here_.post_file(workflow_text("three"), "/w/two.yaml");
  time_.run_for(kSoon);
  EXPECT_EQ(there_.slugs(), Slugs{"three"}) << "the file has another name in it";
}

TEST_F(TwoDispatchers, ADispatcherDoesNotLookForWhatItHasChangedItself) {
  here_.post(workflow_text("one"));
  time_.run_for(1s);
  EXPECT_EQ(here_.catalog.looks, 0);
  EXPECT_EQ(there_.catalog.looks, 1);
}

TEST_F(TwoDispatchers, AVersionThatDoesNotBecomeCurrentIsNoNews) {
  here_.registry.add(workflow_text("one"), "yaml", false, [](auto added) { EXPECT_TRUE(added.has_value()); });
  time_.run_for(1s);
  EXPECT_EQ(there_.catalog.looks, 0);
}

TEST_F(TwoDispatchers, ManyChangesMakeFewLooks) {
  for (int i = 0; i < 500; ++i) here_.post(workflow_text("w" + std::to_string(i)));
  time_.run_for(200ms);
  EXPECT_EQ(there_.slugs().size(), 500u);
  EXPECT_LE(there_.catalog.looks, 2);

  there_.catalog.looks = 0;
  for (int i = 0; i < 500; ++i) {
    here_.tell_of_change();
    time_.run_for(1ms);
  }
  EXPECT_GE(there_.catalog.looks, 4);
  EXPECT_LE(there_.catalog.looks, 6) << "one in 120 ms";
}

TEST_F(TwoDispatchers, AChangeDuringALookIsFoundByOneMore) {
  here_.tell_of_change();
  ASSERT_TRUE(time_.run_until([&] { return there_.catalog.looks == 1; }, kSoon));
  time_.run_for(1ms);  // it has read, and knows nothing of what follows
  here_.post(workflow_text("one"));
  here_.post(workflow_text("two"));
  time_.run_for(1s);
  EXPECT_EQ(there_.catalog.looks, 2);
  EXPECT_EQ(there_.slugs(), (Slugs{"one", "two"}));
}

TEST_F(TwoDispatchers, WhatIsRegisteredHereDuringALookDoesNotHideWhatWasThere) {
  here_.post(workflow_text("theirs"));
  ASSERT_TRUE(time_.run_until([&] { return there_.catalog.looks == 1; }, kSoon));
  there_.post(workflow_text("ours"));
  time_.run_for(200ms);
  EXPECT_EQ(there_.slugs(), (Slugs{"ours", "theirs"}));
}

TEST_F(TwoDispatchers, LookAllTheSameWhereTheWordIsLost) {
  bus_.set_available(false);
  here_.post(workflow_text("one"));
  time_.run_for(kFallback);
  EXPECT_EQ(here_.slugs(), Slugs{"one"});
  EXPECT_EQ(there_.slugs(), Slugs{"one"});
}

TEST_F(TwoDispatchers, AStoppedOneLooksNoMore) {
  here_.tell_of_change();
  ASSERT_TRUE(time_.run_until([&] { return there_.catalog.looks == 1; }, kSoon));
  there_.registry.stop();  // in the middle of a look
  here_.post(workflow_text("one"));
  time_.run_for(kFallback);
  EXPECT_EQ(there_.catalog.looks, 1);
}

}  // namespace
}  // namespace callboard::dispatcher
