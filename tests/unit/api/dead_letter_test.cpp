#include "dispatcher/api/dead_letter.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::dispatcher {
namespace {

using test::GraphBuilder;
using test::Play;

const LetterId kLetter{test::kRun, "g1/a/1/result"};

Standing standing_of(const Play& play, const std::string& key = kLetter.key) {
  return find_standing(play.graph, play.state, *run::parse_key(key));
}

/// Step a is lost, and what follows is decided.
void lose(Play& play, std::uint32_t attempt = 1) {
  play.settle();
  play.fold(play.history.lost("a", attempt));
  play.settle();
}

TEST(DeadLetter, ItsIdIsThePlaceOfItsOutcome) {
  const LetterId with_item{test::kRun, "g12/de_pl-oy[3]/4/result"};
  for (const LetterId& id : {kLetter, with_item}) {
    const auto parsed = parse_letter_id(to_string(id));
    ASSERT_TRUE(parsed) << to_string(id);
    EXPECT_EQ(parsed->run, id.run);
    EXPECT_EQ(parsed->key, id.key);
  }
  EXPECT_EQ(to_string(kLetter), to_string(test::kRun) + ".g1.a.1");
}

TEST(DeadLetter, WhatIsNoIdIsNone) {
  const std::string run = to_string(test::kRun);
  for (const std::string& text :
       {std::string(), run, run + ".", run + ".d.0", run + ".g0.a.1", run + ".g1.a.0", run + ".g1/a/1",
        run + ".g1.a.1.started", "x" + run + ".g1.a.1"}) {
    EXPECT_FALSE(parse_letter_id(text)) << text;
  }
}

TEST(DeadLetter, AStepThatAsksIsReplayedByAnAnswer) {
  Play play(GraphBuilder().step("a").once().build());
  lose(play);
  const Standing standing = standing_of(play);
  EXPECT_EQ(standing.state, LetterState::asking);
  EXPECT_TRUE(standing.is_open());
  ASSERT_TRUE(standing.replay);
  EXPECT_EQ(standing.replay->name, "answer");

  play.fold(play.history.command("replay", *standing.replay));
  const run::Decided decided = play.settle();

  EXPECT_EQ(test::names(play, decided.jobs), "a#2");
  EXPECT_EQ(standing_of(play).state, LetterState::retried);
  EXPECT_TRUE(standing_of(play).is_replayed());
}

TEST(DeadLetter, AFailedRunIsReplayedByARetry) {
  Play play(GraphBuilder().step("a").build());
  lose(play);
  ASSERT_EQ(play.state.phase, run::RunPhase::failed);
  const Standing standing = standing_of(play);
  EXPECT_EQ(standing.state, LetterState::failed);
  ASSERT_TRUE(standing.replay);
  EXPECT_EQ(standing.replay->name, "retry");

  play.fold(play.history.command("replay", *standing.replay));
  play.settle();

  EXPECT_EQ(play.state.generation, 2u);
  EXPECT_EQ(standing_of(play).state, LetterState::replayed);
  EXPECT_FALSE(standing_of(play).is_open());
}

TEST(DeadLetter, WhileItsRunIsOpenItCantBeReplayed) {
  Play play(GraphBuilder().step("a").step("b").build());
  lose(play);
  ASSERT_FALSE(run::is_closed(play.state.phase));
  const Standing standing = standing_of(play);
  EXPECT_EQ(standing.state, LetterState::failing);
  EXPECT_TRUE(standing.is_open());
  EXPECT_FALSE(standing.replay);
  EXPECT_NE(standing.obstacle.find("once it has closed"), std::string::npos);
}

TEST(DeadLetter, AnAttemptThatItsPolicyTriesAgainIsNotOpen) {
  Play play(GraphBuilder().step("a").retry(2).build());
  lose(play);
  EXPECT_EQ(standing_of(play).state, LetterState::retried);
  play.wake(0, play.step("a").retry_at);
  lose(play, 2);
  EXPECT_EQ(standing_of(play).state, LetterState::retried);
  EXPECT_EQ(standing_of(play, "g1/a/2/result").state, LetterState::failed);
}

TEST(DeadLetter, WhatSomebodySaidOfItStands) {
  const auto answer = [](Play& play, const char* what) {
    lose(play);
    play.fold(play.history.command(
        "answer",
        {.name = "answer", .actor = "somebody", .generation = 1, .step = "a", .attempt = 1, .answer = what}));
    play.settle();
  };
  Play completed(GraphBuilder().step("a").once().build());
  answer(completed, "complete");
  EXPECT_EQ(standing_of(completed).state, LetterState::answered);
  EXPECT_FALSE(standing_of(completed).is_open());
  EXPECT_FALSE(standing_of(completed).obstacle.empty());
  Play failed(GraphBuilder().step("a").once().build());
  answer(failed, "fail");
  EXPECT_EQ(standing_of(failed).state, LetterState::failed);
}

TEST(DeadLetter, AStepThatMayFailIsTolerated) {
  Play play(GraphBuilder().step("a").continue_on_error().build());
  lose(play);
  ASSERT_EQ(play.state.phase, run::RunPhase::completed);
  EXPECT_EQ(standing_of(play).state, LetterState::tolerated);
  EXPECT_FALSE(standing_of(play).replay);
  EXPECT_FALSE(standing_of(play).is_open());
}

TEST(DeadLetter, ARunThatWasCancelledWhileItAskedCanBeReplayed) {
  Play play(GraphBuilder().step("a").once().build());
  lose(play);
  play.fold(play.history.cancel());
  play.workers_stopped = true;
  play.settle();
  ASSERT_EQ(play.state.phase, run::RunPhase::cancelled);
  const Standing standing = standing_of(play);
  EXPECT_EQ(standing.state, LetterState::cancelled);
  EXPECT_FALSE(standing.is_open());
  ASSERT_TRUE(standing.replay);
  EXPECT_EQ(standing.replay->name, "retry");
}

TEST(DeadLetter, IsShownWithTheWorkersThatBeganItAndTheEventsOfItsStep) {
  Play play(GraphBuilder().step("a").step("b").build());
  std::vector<run::Event> events{play.history.created(), play.history.started("a"),
                                 play.history.completed("b")};
  events.push_back(
      play.history.event("g1/a/1/begun/1", run::EventType::step_begun, run::encode_begin(test::kWorker)));
  events.push_back(play.history.lost("a"));
  const Standing standing{LetterState::failing, {}, "not yet"};
  const auto shown = read_json(write_letter_with_history({kLetter, events.back(), "test", events, standing}));
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(find_text(&*shown, "reason"), "the worker died");
  EXPECT_EQ(find_int(&*shown, "begins"), 1);
  EXPECT_EQ(shown->at("workers").as_array().size(), 1u);
  EXPECT_EQ(find_text(&*shown, "detail"), "not yet");
  EXPECT_EQ(shown->at("history").as_array().size(), 3u);
  EXPECT_TRUE(shown->at("replay").is_null());
}

}  // namespace
}  // namespace callboard::dispatcher
