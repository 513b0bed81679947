#include "topics/nats/nats_answers.hpp"

#include <gtest/gtest.h>

namespace callboard::topics {
namespace {

const Time kStored = *parse_time("2026-11-21T08:00:00.000123Z");
const std::string kNanos = "1795248000000123456";

TEST(AckSubject, TellsDeliveriesAndWhenItWasStored) {
  const auto delivered = read_ack_subject("$JS.ACK.CALLBOARD_JOBS.default.3.17.20." + kNanos + ".0");
  ASSERT_TRUE(delivered);
  EXPECT_EQ(delivered->deliveries, 3u);
  EXPECT_EQ(delivered->stored, kStored);
}

TEST(AckSubject, MayNameDomainAndAccount) {
  const auto delivered =
      read_ack_subject("$JS.ACK._.ACCHASH.CALLBOARD_JOBS.default.2.17.20." + kNanos + ".0.token");
  ASSERT_TRUE(delivered);
  EXPECT_EQ(delivered->deliveries, 2u);
  EXPECT_EQ(delivered->stored, kStored);
}

TEST(AckSubject, IsNothingElse) {
  EXPECT_FALSE(read_ack_subject(""));
  EXPECT_FALSE(read_ack_subject("$JS.ACK.CALLBOARD_JOBS"));
  EXPECT_FALSE(read_ack_subject("$JS.API.CALLBOARD_JOBS.default.3.17.20." + kNanos + ".0"));
}

TEST(StoredSequence, IsNoneInARefusal) {
  EXPECT_EQ(read_stored_sequence(R"({"stream":"CALLBOARD_JOBS", "seq":12})"), 12u);
  EXPECT_FALSE(
      read_stored_sequence(R"({"error":{"code":503,"err_code":10077},"stream":"CALLBOARD_JOBS","seq":12})"));
  EXPECT_FALSE(read_stored_sequence(R"({"stream":"CALLBOARD_JOBS","seq":0})"));
}

TEST(JetStreamAnswers, TellErrorsAndWhatWasAsked) {
  const auto refused =
      read_jetstream_answer(R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error, 10059);
  EXPECT_EQ(refused->description, "stream not found");
  const auto message = read_jetstream_answer(R"({"type":"x","message":{"seq":1,"data":"YWJj"}})");
  ASSERT_TRUE(message);
  EXPECT_EQ(base64_begin(message->data, 2), "ab");
  EXPECT_FALSE(read_jetstream_answer("-ERR"));
}

}  // namespace
}  // namespace callboard::topics
