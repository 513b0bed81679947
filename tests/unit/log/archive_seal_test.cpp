// An archive as a whole: order, counts, hash, and where a cut one can be gone on with.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "shared/log/archive/batches.hpp"

namespace callboard::log {
namespace {

RunId run_id(int n) {
  RunId id = *parse_id<RunId>("019a0000-0000-7000-8000-000000000000");
  id.uuid.bytes.back() = static_cast<std::uint8_t>(n);
  return id;
}

run::Event make_event(std::string key, std::string data = R"({"v":1})") {
  run::Event event;
  event.key = std::move(key);
  event.data = std::move(data);
  return event;
}

/// Two runs, with what belongs to them.
std::string make_archive() {
  std::string out;
  ArchiveWriter archive([&](std::string_view bytes) -> Result<void> {
    out += bytes;
    return {};
  });
  ArchiveHeader header;
  header.partitions = 64;
  header.snapshot = "1:1:";
  EXPECT_TRUE(archive.add(header));
  EXPECT_TRUE(archive.add(Definition{}));
  EXPECT_TRUE(archive.add(StoredDelivery{}));
  EXPECT_TRUE(archive.add(StoredOrigin{}));
  EXPECT_TRUE(archive.add(RunHeading{run_id(1), ""}));
  EXPECT_TRUE(archive.add(make_event("d/0")));
  EXPECT_TRUE(archive.add(make_event("g1/a/1/result")));
  EXPECT_TRUE(archive.add(RunHeading{run_id(2), "group"}));
  EXPECT_TRUE(archive.add(make_event("d/0")));
  EXPECT_TRUE(archive.seal());
  return out;
}

std::string check(std::string_view text) {
  TextLines lines(text);
  const auto trailer = check_archive(lines);
  return trailer ? "whole" : trailer.error().message;
}

std::string without(std::string text, const std::string& part) {
  return text.erase(text.find(part), part.size());
}

TEST(Archive, AWholeOneIsAccepted) {
  const std::string archive = make_archive();
  TextLines lines(archive);
  const auto trailer = check_archive(lines);
  ASSERT_TRUE(trailer) << trailer.error().message;
  EXPECT_TRUE((trailer->counts == ArchiveCounts{1, 1, 1, 2, 3}));
}

TEST(Archive, ACutOneIsRefusedWhereverItIsCut) {
  const std::string archive = make_archive();
  for (std::size_t size = 0; size < archive.size(); ++size) {
    const std::string said = check(archive.substr(0, size));
    EXPECT_NE(said.find("the archive is cut: it ends without its trailer"), std::string::npos)
        << size << said;
  }
}

TEST(Archive, AChangedOneIsRefused) {
  const std::string archive = make_archive();
  std::string changed = archive;
  changed.replace(changed.find("group"), 5, "crowd");
  EXPECT_EQ(check(changed), "the archive's line 10: the SHA-256 is not that of the lines before it");
  std::string counted = archive;
  counted.replace(counted.find("\"events\":3"), 10, "\"events\":4");
  EXPECT_EQ(check(counted), "the archive's line 10: the counts are not those of the lines before it");
  EXPECT_NE(check(archive + archive).find("a line behind the trailer"), std::string::npos);
  EXPECT_NE(check(archive + "x").find("bytes behind the trailer"), std::string::npos);
}

TEST(Archive, LinesOutOfOrderAreRefused) {
  const std::string archive = make_archive();
  const std::string header = archive.substr(0, archive.find('\n') + 1);
  const auto line = [](const ArchiveRecord& record) { return encode_record(record) + "\n"; };
  EXPECT_NE(check(without(archive, header)).find("does not begin with an archive's header"),
            std::string::npos);
  EXPECT_NE(check(header + line(make_event("d/0"))).find("an event before any run"), std::string::npos);
  EXPECT_NE(
      check(header + line(RunHeading{run_id(2), ""}) + line(RunHeading{run_id(1), ""})).find("out of order"),
      std::string::npos);
  EXPECT_NE(check(header + line(RunHeading{run_id(2), ""}) + line(StoredOrigin{})).find("out of order"),
            std::string::npos);
}

TEST(Archive, ACutOneIsGoneOnWithBeforeItsLastRun) {
  const std::string archive = make_archive();
  const std::size_t last_run = archive.rfind("{\"kind\":\"run\"");
  for (std::size_t size = archive.find("d/0", last_run); size < archive.size(); ++size) {
    TextLines lines(std::string_view(archive).substr(0, size));
    const auto point = find_resume_point(lines);
    ASSERT_TRUE(point) << point.error().message;
    EXPECT_EQ(point->last, run_id(2));
    EXPECT_EQ(point->state.bytes, last_run);
    EXPECT_EQ(point->header.snapshot, "1:1:");
    std::string again = archive.substr(0, last_run);
    ArchiveWriter rest(
        [&](std::string_view bytes) -> Result<void> {
          again += bytes;
          return {};
        },
        point->state);
    ASSERT_TRUE(rest.add(RunHeading{run_id(2), "group"}));
    ASSERT_TRUE(rest.add(make_event("d/0")));
    ASSERT_TRUE(rest.seal());
    EXPECT_EQ(again, archive);
  }
}

TEST(Archive, OneCutBeforeItsRunsBeginsAnewAndAWholeOneIsLeft) {
  const std::string archive = make_archive();
  TextLines early(std::string_view(archive).substr(0, archive.find("{\"kind\":\"delivery\"") + 9));
  const auto point = find_resume_point(early);
  ASSERT_TRUE(point);
  EXPECT_FALSE(point->last);
  EXPECT_EQ(point->state.bytes, 0u);
  TextLines whole(archive);
  const auto none = find_resume_point(whole);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::conflict);
}

TEST(Archive, BatchesHoldWholeRuns) {
  std::string text;
  ArchiveWriter archive([&](std::string_view bytes) -> Result<void> {
    text += bytes;
    return {};
  });
  ArchiveHeader header;
  header.partitions = 64;
  ASSERT_TRUE(archive.add(header));
  const std::size_t large = limits::kArchiveBatchRows + 10;
  ASSERT_TRUE(archive.add(RunHeading{run_id(1), ""}));
  for (std::size_t i = 0; i < large; ++i) ASSERT_TRUE(archive.add(make_event("d/" + std::to_string(i))));
  for (int n = 2; n < 5; ++n) {
    ASSERT_TRUE(archive.add(RunHeading{run_id(n), ""}));
    ASSERT_TRUE(archive.add(make_event("d/0")));
  }
  ASSERT_TRUE(archive.seal());

  TextLines lines(text);
  BatchReader reader(lines);
  const auto first = reader.next();
  const auto second = reader.next();
  const auto end = reader.next();

  ASSERT_TRUE(first && second && end);
  ASSERT_EQ(first->runs.size(), 1u);
  EXPECT_EQ(first->runs[0].events.size(), large);
  EXPECT_EQ(second->runs.size(), 3u);
  EXPECT_TRUE(end->empty());
}

TEST(Archive, AFileIsReadAsItsTextIs) {
  const std::string path = testing::TempDir() + "archive_seal_test.ndjson";
  std::string archive = make_archive();
  archive.insert(0, "x\n");
  std::ofstream(path, std::ios::binary) << archive;
  auto file = FileLines::open(path);
  ASSERT_TRUE(file);
  TextLines text(archive);
  while (true) {
    const auto from_file = file->next();
    const auto from_text = text.next();
    ASSERT_TRUE(from_file && from_text);
    ASSERT_EQ(*from_file, *from_text);
    if (!*from_file) break;
  }
  std::filesystem::remove(path);
}

/// Every kind of line, as a release wrote them, means what it meant.
TEST(Archive, TheGoldenFileReadsAndWritesItself) {
  const std::string path = CALLBOARD_SOURCE "/tests/golden/archive/v1.ndjson";
  std::ifstream in(path, std::ios::binary);
  const std::string golden(std::istreambuf_iterator<char>(in), {});
  ASSERT_EQ(check(golden), "whole");
  TextLines lines(golden);
  ArchiveReader reader(lines);
  std::string written;
  while (true) {
    const auto record = reader.next();
    ASSERT_TRUE(record);
    if (!*record) break;
    written += encode_record(**record) + "\n";
  }
  EXPECT_EQ(written, golden);
}

}  // namespace
}  // namespace callboard::log
