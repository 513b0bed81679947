#include "shared/base/pool.hpp"

#include <gtest/gtest.h>

#include <array>

namespace callboard {
namespace {

TEST(Pool, IsOneForLabelsInAnyOrder) {
  using namespace std::string_view_literals;
  EXPECT_EQ(pool_of(std::array{"linux"sv, "gpu"sv}), "gpu+linux");
  EXPECT_EQ(pool_of(std::array{"gpu"sv, "linux"sv, "gpu"sv}), "gpu+linux");
  EXPECT_EQ(pool_of(std::array{"default"sv}), "default");
  EXPECT_EQ(read_pool(" linux, gpu "), "gpu+linux");
  EXPECT_EQ(read_pool("gpu+linux"), "gpu+linux");
}

TEST(Pool, IsOfLabelsAlone) {
  EXPECT_EQ(read_pool(""), std::nullopt);
  EXPECT_EQ(read_pool("linux,"), std::nullopt);
  EXPECT_EQ(read_pool("g pu"), std::nullopt);
  EXPECT_EQ(read_pool(std::string(64, 'a')), std::nullopt);
  EXPECT_TRUE(read_pool(std::string(63, 'a')));
}

TEST(Pool, HasANameThatABusCanHold) {
  const std::string label(39, 'a');
  EXPECT_TRUE(read_pool(label + 'b' + ',' + label));
  EXPECT_EQ(read_pool(label + 'b' + ',' + label + 'c'), std::nullopt);
}

}  // namespace
}  // namespace callboard
