// The disk is full: new work is refused loudly, and what was accepted is kept.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "shared/value/read.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

constexpr off_t kLeftFree = 24 << 20;
constexpr off_t kDisk = 400 << 20;
constexpr int kMostDeliveries = 400;

void write_file(const char* path, const std::string& text) { std::ofstream(path) << text; }

/// The folder for temporary files becomes one on a disk of its own, of kDisk bytes, for this process and what
/// it starts. Empty: not allowed here.
std::filesystem::path enter_small_disk() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) return {};
  if (uid != 0) {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
    write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
  }
  std::string folder = (std::filesystem::temp_directory_path() / "callboard-disk-XXXXXX").string();
  const std::string size = "mode=1777,size=" + std::to_string(kDisk);
  const bool mounted = mkdtemp(folder.data()) != nullptr &&
                       mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) == 0;
  if (!mounted) return {};
  setenv("TMPDIR", folder.c_str(), 1);
  return folder;
}

void leave_small_disk(const std::filesystem::path& folder) {
  EXPECT_EQ(umount2(folder.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(rmdir(folder.c_str()), 0);
}

/// Takes all of the disk but kLeftFree.
bool fill_disk(const std::filesystem::path& ballast) {
  const int file = open(ballast.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  off_t size = kDisk;
  while (size > 0 && posix_fallocate(file, 0, size) != 0) size -= 1 << 20;
  const bool filled = size > kLeftFree && ftruncate(file, size - kLeftFree) == 0;
  close(file);
  return filled;
}

/// Half a megabyte of JSON that no compression makes small.
std::string large_body(std::mt19937_64& random) {
  std::string body = R"({"pad":")";
  while (body.size() < 512 * 1024) body += static_cast<char>('0' + random() % 64);
  for (char& c : body) {
    if (c == '\\') c = '-';
  }
  return body + "\"}";
}

std::string text(const Value& value, std::string_view name) { return std::string(find_text(&value, name)); }

void refuses_new_work_and_keeps_what_was_accepted(const std::filesystem::path& ballast) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow("name: quick\non: {github: [push]}\nsteps: [{key: a, type: noop}]\n"),
            201);
  ASSERT_TRUE(fill_disk(ballast));

  std::mt19937_64 random(1);
  std::vector<Value> accepted;
  int refused = 0;
  for (int i = 0; refused == 0 && i < kMostDeliveries; ++i) {
    const auto answer = house.deliver("push", "full-" + std::to_string(i), large_body(random));
    if (answer.status == 202) {
      accepted.push_back(json_of(answer));
    } else {
      refused = answer.status;
    }
  }
  EXPECT_EQ(refused, 503);
  ASSERT_FALSE(accepted.empty());

  ASSERT_EQ(unlink(ballast.c_str()), 0);
  if (house.get("/ready").status != 200) {  // PostgreSQL ends itself where it can't write its log
    house.postgres().stop();
    ASSERT_TRUE(house.postgres().start());
  }
  ASSERT_TRUE(eventually([&] { return house.deliver("push", "after", "{}").status == 202; }, 60));
  for (const Value& delivery : accepted) {
    EXPECT_EQ(house.get("/api/deliveries/" + text(delivery, "deliveryId")).status, 200);
    const std::string run(delivery.at("runs").as_array()[0].as_string());
    EXPECT_EQ(text(house.wait_for_run(run), "state"), "completed") << run;
  }
}

TEST(FullDisk, RefusesNewWorkAndKeepsWhatWasAccepted) {
  const std::filesystem::path disk = enter_small_disk();
  if (disk.empty()) GTEST_SKIP() << "this user may not make a small disk";
  refuses_new_work_and_keeps_what_was_accepted(disk / "ballast");
  leave_small_disk(disk);
}

}  // namespace
}  // namespace callboard::test
