#include "shared/run/approval.hpp"

#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::kStart;
using test::Play;

class Asked {
 public:
  explicit Asked(std::string_view params) : play(GraphBuilder().step("deploy").approval(params, 1h).build()) {
    play.settle();
  }
  void say(bool yes, const std::string& by, const std::string& comment = "") {
    play.fold(play.history.signal("v" + std::to_string(++votes_), approval_signal("deploy"),
                                  encode_vote(yes, by, comment)));
    play.settle();
  }
  StepPhase phase() const { return play.phase("deploy"); }

  Play play;

 private:
  int votes_ = 0;
};

TEST(Approval, OfAnybodyEndsTheStep) {
  Asked asked("{}");
  EXPECT_EQ(waiting_for(asked.play.graph, asked.play.state)[0].kind, WaitKind::approval);
  asked.say(true, "ada");
  EXPECT_EQ(asked.play.step("deploy").result, R"({"approved":true,"by":["ada"]})");
  EXPECT_EQ(asked.play.state.phase, RunPhase::completed);
}

TEST(Approval, TellsWhatIsAsked) {
  Asked asked(R"({"message":"Deploy?"})");
  EXPECT_EQ(read_approval(asked.play.graph, asked.play.state, 0)->message, "Deploy?");
}

TEST(Approval, OfTwoNeedsTwoPeople) {
  Asked asked(R"({"approvers":["ada","bob","cyd"],"count":2})");
  asked.say(true, "ada");
  asked.say(true, "ada");
  EXPECT_EQ(asked.phase(), StepPhase::ready);
  EXPECT_EQ(waiting_for(asked.play.graph, asked.play.state)[0].detail,
            "1 of 2 have approved; may: ada, bob, cyd");
  asked.say(true, "cyd");
  EXPECT_EQ(asked.play.step("deploy").result, R"({"approved":true,"by":["ada","cyd"]})");
  EXPECT_TRUE(asked.play.state.signals.empty()) << "all of them are consumed";
}

TEST(Approval, OfSomebodyElseCountsForNothing) {
  Asked asked(R"({"approvers":["ada"]})");
  asked.say(true, "eve");
  asked.say(false, "eve");
  EXPECT_EQ(asked.phase(), StepPhase::ready);
}

TEST(Approval, ARejectionFailsTheStepAndSaysWhy) {
  Asked asked(R"({"count":2})");
  asked.say(false, "bob", "not on a Friday");
  EXPECT_EQ(asked.play.step("deploy").error,
            (StepError{ErrorClass::auth, "rejected by bob: not on a Friday"}));
}

TEST(Approval, ANoOfSomebodyWhoHasSaidYesCounts) {
  Asked asked(R"({"approvers":["ada","bob"],"count":2})");
  asked.say(true, "ada");
  asked.say(false, "ada", "stop");
  EXPECT_EQ(asked.play.step("deploy").error, (StepError{ErrorClass::auth, "rejected by ada: stop"}));
}

TEST(Approval, ARunThatWaitsForOneIsShownAsWaiting) {
  Asked asked("{}");
  EXPECT_EQ(shown_phase(asked.play.graph, asked.play.state), RunPhase::waiting);
  Play both(GraphBuilder().step("deploy").approval("{}", 1h).step("build").build());
  both.settle();
  EXPECT_EQ(shown_phase(both.graph, both.state), RunPhase::running) << "a worker builds";
}

TEST(Approval, ARejectionGoesOnWhereTheStepSaysSo) {
  Asked asked(R"({"onReject":"continue"})");
  asked.say(false, "bob", "no");
  EXPECT_EQ(asked.play.step("deploy").result, R"({"approved":false,"by":["bob"],"comment":"no"})");
}

TEST(Approval, NobodyAnswers) {
  Asked asked("{}");
  asked.play.wake(0, kStart + 1h + 1s);
  EXPECT_EQ(asked.play.step("deploy").error, (StepError{ErrorClass::timeout, "nobody answered within 1h"}));
}

TEST(Approval, OfMoreThanThereAreFails) {
  Asked asked(R"({"approvers":["ada"],"count":2})");
  EXPECT_EQ(asked.play.step("deploy").error.message, "approval: `count` is 2, expected a number from 1 to 1");
}

TEST(Approval, OfNobodyOrOfOnePersonTwiceFails) {
  EXPECT_EQ(Asked(R"({"approvers":[]})").play.step("deploy").error.message,
            "approval: `approvers` is an empty list: nobody could answer");
  EXPECT_EQ(Asked(R"({"approvers":["ada","ada"],"count":2})").play.step("deploy").error.message,
            "approval: `count` is 2, expected a number from 1 to 1");
}

TEST(Approval, WordsOfOneMapItemAreNotThoseOfAnother) {
  Play play(GraphBuilder().step("deploy").approval("{}", 1h).each("fromJSON('[1,2]')").build());
  play.settle();
  play.fold(play.history.signal("v", approval_signal("deploy[1]"), encode_vote(true, "ada", "")));
  play.settle();
  EXPECT_EQ(play.phase("deploy[0]"), StepPhase::ready);
  EXPECT_EQ(play.phase("deploy[1]"), StepPhase::completed);
}

}  // namespace
}  // namespace callboard::run
