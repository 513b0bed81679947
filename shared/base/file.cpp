#include "shared/base/file.hpp"

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

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })> file(
      std::fopen(path.c_str(), "rbe"));
  if (!file) return explain(path, errno);
  std::string text;
  std::array<char, 64 * 1024> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), file.get()))
    text.append(piece.data(), count);
  if (std::ferror(file.get()) != 0) return explain(path, errno);
  return text;
}

}  // namespace callboard
