// The lines of an archive: what is written is what is read.
#include <gtest/gtest.h>

#include "shared/log/archive/base64.hpp"
#include "shared/log/archive/record.hpp"

namespace callboard::log {
namespace {

constexpr std::string_view kId = "019a0000-0000-7000-8000-000000000007";

run::Event make_event(std::string data) {
  run::Event event;
  event.key = "g1/fetch/1/result";
  event.type = run::EventType::step_completed;
  event.writer = Writer{-4647103647790923773};
  event.position = 9'007'199'254'740'993;  // no double holds it
  event.at = *parse_time("2026-11-21T07:49:11.000123Z");
  event.data = std::move(data);
  return event;
}

run::Event read_back(const run::Event& event) {
  auto record = decode_record(encode_record(event));
  EXPECT_TRUE(record) << record.error().message;
  return std::get<run::Event>(std::move(*record));
}

std::string refusal(std::string_view line) {
  const auto record = decode_record(line);
  return record ? "accepted" : record.error().message;
}

TEST(ArchiveLines, AnEventComesBackByteForByte) {
  for (const std::string data : {R"({"v":1,"result":{"b":1,"a":[1e3,1.0,"\u00e9"]}})", R"({ "v" : 1 })", "",
                                 " {}", "{}\n", "{\n}", "{", "\xff\xfe", "null", R"({"a":1,"a":2})"}) {
    const run::Event event = make_event(data);
    const run::Event back = read_back(event);
    EXPECT_EQ(back.data, data);
    EXPECT_EQ(back.key, event.key);
    EXPECT_EQ(back.type, event.type);
    EXPECT_EQ(back.writer, event.writer);
    EXPECT_EQ(back.position, event.position);
    EXPECT_EQ(back.at, event.at);
  }
  EXPECT_EQ(read_back(make_event(std::string(3, '\0'))).data, std::string(3, '\0'));
}

TEST(ArchiveLines, JsonStandsInALineAsItIs) {
  EXPECT_NE(encode_record(make_event(R"({"v":1})")).find(R"("data":{"v":1})"), std::string::npos);
  EXPECT_NE(encode_record(make_event("{\n}")).find(R"("dataBase64":"ewp9")"), std::string::npos);
  EXPECT_EQ(encode_record(make_event("{\n}")).find('\n'), std::string::npos);
}

TEST(ArchiveLines, ATypeWithoutANameIsItsNumber) {
  run::Event event = make_event("{}");
  event.type = static_cast<run::EventType>(-99);
  EXPECT_EQ(read_back(event).type, event.type);
}

TEST(ArchiveLines, ADeliveryComesBackByteForByte) {
  StoredDelivery delivery;
  delivery.id = *parse_id<DeliveryId>(kId);
  delivery.source = "github";
  delivery.external_id = "1\n\"2\"";
  delivery.event = "push";
  delivery.matched_against = "set";
  delivery.at = *parse_time("2026-11-21T07:49:11Z");
  delivery.headers = R"({"a":"b"})";
  delivery.verdicts = R"({"v":1,"list":[]})";
  delivery.body = "payload=%7B%7D\n";
  EXPECT_EQ(std::get<StoredDelivery>(*decode_record(encode_record(delivery))), delivery);
}

TEST(ArchiveLines, ADefinitionKeepsItsFormatting) {
  Definition definition;
  definition.slug = "nightly";
  definition.body = "name: nightly # \xc3\xa9\n\tsteps: []\r\n";
  definition.current = true;
  const auto back = std::get<Definition>(*decode_record(encode_record(definition)));
  EXPECT_EQ(back.body, definition.body);
  EXPECT_TRUE(back.current);
  definition.body = "\xff";
  EXPECT_EQ(std::get<Definition>(*decode_record(encode_record(definition))).body, "\xff");
}

TEST(ArchiveLines, AnOriginMayHaveNothingButACause) {
  StoredOrigin origin;
  origin.kind = "api";
  origin.fingerprint = "\x01\xff";
  EXPECT_EQ(std::get<StoredOrigin>(*decode_record(encode_record(origin))), origin);
  origin.runs = {*parse_id<RunId>(kId), {}};
  origin.delivery = *parse_id<DeliveryId>(kId);
  EXPECT_EQ(std::get<StoredOrigin>(*decode_record(encode_record(origin))), origin);
}

TEST(ArchiveLines, TheHeaderSaysWhatWasAskedFor) {
  ArchiveHeader header;
  header.partitions = 64;
  header.snapshot = "10:20:10,12";
  header.selection = {{{parse_time("2026-11-01T00:00:00Z"), std::nullopt}, {std::nullopt, Time{}}},
                      {*parse_id<RunId>(kId)},
                      true};
  const auto back = std::get<ArchiveHeader>(*decode_record(encode_record(header)));
  EXPECT_EQ(back.partitions, 64);
  EXPECT_EQ(back.snapshot, header.snapshot);
  EXPECT_TRUE(back.selection == header.selection);
}

TEST(ArchiveLines, WhatIsNoLineIsRefused) {
  EXPECT_EQ(refusal("{"), "no JSON");
  EXPECT_EQ(refusal("{}"), "no line of an archive: its kind is \"\"");
  EXPECT_EQ(refusal(R"({"kind":"run","id":"7"})"), "\"id\" is not an id");
  EXPECT_EQ(refusal(R"({"kind":"event","key":""})"), "\"key\" is not a key");
  EXPECT_NE(refusal(R"({"kind":"archive","v":2,"partitions":64,"snapshot":""})").find("version 2"),
            std::string::npos);
  const std::string good = encode_record(make_event("\xff"));
  EXPECT_EQ(refusal(good.substr(0, good.size() - 4) + "=\"}"), "\"dataBase64\" is not base64");
}

TEST(ArchiveLines, MembersOfLaterProgramsArePassedOver) {
  EXPECT_TRUE(decode_record(R"({"kind":"run","id":"019a0000-0000-7000-8000-000000000007","more":[1]})"));
}

TEST(Base64, EveryLengthComesBackAndOneTextStandsForTheSameBytes) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
  EXPECT_EQ(encode_base64("hello"), "aGVsbG8=");
  for (const std::string_view bad : {"a", "aGVsbG8", "aGVsbG9=", "====", "a===", "aG\n=", "aGVs=G8="}) {
    EXPECT_EQ(decode_base64(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace callboard::log
