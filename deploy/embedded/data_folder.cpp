#include "deploy/embedded/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "shared/base/check.hpp"
#include "shared/base/file.hpp"

namespace callboard::embedded {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLogBytes = std::uintmax_t{16} * 1024 * 1024;

Result<void> make_private_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return fail(ErrorCode::unavailable, "can't make the folder " + path.string() + ": " + error.message());
  if (chmod(path.c_str(), 0700) != 0) {
    return fail(ErrorCode::forbidden,
                "can't keep the folder " + path.string() + " private: " + std::strerror(errno));
  }
  return {};
}

void set_large_logs_aside(const fs::path& logs) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(logs, ignored)) {
    if (entry.path().extension() != ".log" || entry.file_size(ignored) <= kLogBytes) continue;
    fs::rename(entry.path(), fs::path(entry.path()) += ".old", ignored);
  }
}

}  // namespace

Result<DataFolder> open_data_folder(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  if (error) return fail(ErrorCode::unavailable, "no such place: " + path.string());
  DataFolder folder{whole.lexically_normal()};
  for (const fs::path& each : {folder.root, folder.logs(), folder.nats()}) {
    if (auto made = make_private_folder(each); !made) return std::unexpected(made.error());
  }
  set_large_logs_aside(folder.logs());
  return folder;
}

Result<FolderLock> FolderLock::take(const DataFolder& folder) {
  const fs::path path = folder.root / "lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::forbidden, "can't write " + path.string() + ": " + std::strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    const auto holder = read_text_file(path);
    return fail(ErrorCode::conflict,
                "a stack runs in " + folder.root.string() + " already" +
                    (holder && !holder->empty() ? " (process " + *holder + ")" : "") +
                    ": stop it with `callboard down`, or choose another folder with --data");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0 || write(fd, pid.data(), pid.size()) < 0) {
    close(fd);
    return fail(ErrorCode::unavailable, "can't write " + path.string() + ": " + std::strerror(errno));
  }
  return FolderLock(fd);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

std::string make_secret(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  CALLBOARD_CHECK(getrandom(random.data(), random.size(), 0) == static_cast<ssize_t>(bytes));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : random) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Result<void> write_private_file(const fs::path& path, const std::string& text) {
  const fs::path draft = fs::path(path) += ".new";
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int why = errno;
  if (fd >= 0) close(fd);
  if (!written || rename(draft.c_str(), path.c_str()) != 0) {
    return fail(ErrorCode::unavailable,
                "can't write " + path.string() + ": " + std::strerror(written ? errno : why));
  }
  return {};
}

Result<std::string> read_text_file(const fs::path& path) {
  auto text = read_file(path.string());
  while (text && text->ends_with('\n')) text->pop_back();
  return text;
}

Result<void> ensure_webhook_secret(const DataFolder& folder, const std::string& source) {
  const fs::path path = folder.webhook_secret(source);
  if (const auto there = read_text_file(path); there && !there->empty()) return {};
  return write_private_file(path, make_secret(32) + "\n");
}

}  // namespace callboard::embedded
