#include "shared/base/file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace callboard {
namespace {

std::unexpected<Error> explain(const std::string& path, int reason) {
  if (reason == EISDIR) return fail(ErrorCode::invalid, path + " is a folder, expected a file");
  return fail(reason == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
              "can't read " + path + ": " + std::generic_category().message(reason));
}

using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

Result<std::string> read(std::FILE& file, const std::string& path, std::size_t most) {
  std::string text;
  std::array<char, 64 * 1024> piece{};
  while (text.size() < most) {
    const std::size_t wanted = std::min(piece.size(), most - text.size());
    const std::size_t count = std::fread(piece.data(), 1, wanted, &file);
    if (count == 0) break;
    text.append(piece.data(), count);
  }
  if (std::ferror(&file) != 0) return explain(path, errno);
  return text;
}

/// A pipe without a name has a file system of its own.
bool is_of_shell(int file) {
  struct statfs system{};
  return fstatfs(file, &system) == 0 && system.f_type == PIPEFS_MAGIC;
}

bool is_read(int file) {
  struct stat found{};
  if (fstat(file, &found) != 0) return false;
  return S_ISREG(found.st_mode) || S_ISDIR(found.st_mode) || (S_ISFIFO(found.st_mode) && is_of_shell(file)) ||
         isatty(file) == 1;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rbe"));
  if (!file) return explain(path, errno);
  return read(*file, path, std::string::npos);
}

Result<std::string> read_bounded_file(const std::string& path, std::size_t most) {
  // Without waiting: a pipe that has a name might have nobody at its other end.
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const File file(descriptor < 0 ? nullptr : fdopen(descriptor, "rb"));
  if (!file) return explain(path, errno);
  if (!is_read(descriptor)) {
    return fail(ErrorCode::invalid,
                path + " is neither a file nor a pipe of the shell, expected one of them");
  }
  if (fcntl(descriptor, F_SETFL, 0) != 0) return explain(path, errno);
  return read(*file, path, most + 1);
}

}  // namespace callboard
