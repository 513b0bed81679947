#include "shared/base/ids.hpp"

#include <gtest/gtest.h>

#include <set>

#include "shared/base/hash.hpp"
#include "shared/base/ports.hpp"

namespace callboard {
namespace {

class Counting final : public Random {
 public:
  std::uint64_t next() override { return mix_bits(++state_); }

 private:
  std::uint64_t state_ = 0;
};

TEST(Uuid, IsReadBackAsWritten) {
  const auto uuid = parse_uuid("0190B6A5-3c2e-7b8f-9d00-00000000000f");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(to_string(*uuid), "0190b6a5-3c2e-7b8f-9d00-00000000000f");
}

TEST(Uuid, RefusesAnythingElse) {
  for (const char* text : {"", "0190b6a53c2e7b8f9d0000000000000f", "0190b6a5-3c2e-7b8f-9d00-00000000000g",
                           "0190b6a5-3c2e-7b8f-9d00-00000000000", "{190b6a5-3c2e-7b8f-9d00-00000000000f}",
                           "0190b6a5-3c2e-7b8f-9d0-000000000000f"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(MakeUuid, CarriesItsTimeVersionAndVariant) {
  Counting random;
  const Time at = *parse_time("2026-11-21T07:49:11.123Z");
  const Uuid uuid = make_uuid(at, random);
  EXPECT_EQ(time_of(uuid), at);
  EXPECT_EQ(to_string(uuid)[14], '7');
  EXPECT_EQ(uuid.bytes[8] >> 6, 2);
}

TEST(MakeUuid, OrdersByTime) {
  Counting random;
  const Time at = *parse_time("2026-11-21T07:49:11Z");
  EXPECT_LT(make_uuid(at, random), make_uuid(at + std::chrono::milliseconds(1), random));
}

TEST(RoutingBits, AreTheFirstSixteenRandomBits) {
  EXPECT_EQ(routing_bits(*parse_uuid("00000000-0000-7abc-bfff-ffffffffffff")), 0xabcf);
  EXPECT_EQ(routing_bits(*parse_uuid("ffffffff-ffff-7000-80ff-ffffffffffff")), 0x0000);
}

TEST(MakeRunId, FindsAPartitionThatIsWanted) {
  Counting random;
  for (Partition wanted = 0; wanted < 64; ++wanted) {
    const RunId id =
        make_run_id(Time(), random, 64, [&](Partition partition) { return partition == wanted; });
    EXPECT_EQ(partition_of(id, 64), wanted);
  }
}

TEST(MakeRunId, TakesAnyWhereNoneIsWanted) {
  Counting random;
  const RunId id = make_run_id(Time(), random, 64, [](Partition) { return false; });
  EXPECT_LT(partition_of(id, 64), 64);
}

TEST(Writers, NeverGiveOneTwice) {
  Writers one(Incarnation{*parse_uuid("0190b6a5-3c2e-7b8f-9d00-000000000001")});
  Writers other(Incarnation{*parse_uuid("0190b6a5-3c2e-7b8f-9d00-000000000002")});
  std::set<Writer> seen;
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(seen.insert(one.next()).second);
    EXPECT_TRUE(seen.insert(other.next()).second);
  }
}

TEST(StableHash, NeverChanges) {
  EXPECT_EQ(stable_hash("callboard"), stable_hash("callboard"));
  EXPECT_NE(stable_hash("callboard"), stable_hash("callboard", 1));
  EXPECT_EQ(mix_bits(0), 0xe220a8397b1dcdafu) << "SplitMix64's first output from 0";
}

}  // namespace
}  // namespace callboard
