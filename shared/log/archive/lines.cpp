#include "shared/log/archive/lines.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::log {
namespace {

constexpr std::size_t kPieceBytes = 256 * limits::kKiB;

Error trouble(const std::string& what, const std::string& name) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::invalid;
  return {code, "can't " + what + " " + name + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::optional<std::string_view>> TextLines::next() {
  const std::size_t end = rest_.find('\n');
  if (end == std::string_view::npos) {
    cut_ = !rest_.empty();
    rest_ = {};
    return std::nullopt;
  }
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return line;
}

void FileLines::Close::operator()(const int* fd) const {
  ::close(*fd);
  delete fd;
}

FileLines::FileLines(int fd) : fd_(new int(fd)) {}

Result<FileLines> FileLines::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(trouble("read", path));
  return FileLines(fd);
}

Result<bool> FileLines::read_more() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kPieceBytes);
  ssize_t got = 0;
  do {
    got = ::read(*fd_, buffer_.data() + size, kPieceBytes);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return std::unexpected(trouble("read", "the archive"));
  return got > 0;
}

Result<std::optional<std::string_view>> FileLines::next() {
  while (true) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) {
      const std::string_view line(buffer_.data() + begin_, end - begin_);
      begin_ = scanned_ = end + 1;
      return line;
    }
    scanned_ = buffer_.size();
    if (scanned_ - begin_ > limits::kArchiveLineBytes) {
      return fail(ErrorCode::invalid, "a line has more than " +
                                          std::to_string(limits::kArchiveLineBytes / limits::kMiB) +
                                          " MiB: this is no archive");
    }
    const auto more = read_more();
    if (!more) return std::unexpected(more.error());
    if (*more) continue;
    cut_ = begin_ < buffer_.size();
    begin_ = scanned_ = buffer_.size();
    return std::nullopt;
  }
}

Result<FileWriter> FileWriter::open(const std::string& path, std::optional<std::uint64_t> size) {
  // What was said to a run may be in it: nobody else reads it unless its owner lets them.
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(trouble("write", path));
  FileWriter writer(fd, path);
  const auto keep = static_cast<off_t>(size.value_or(0));
  struct stat found{};
  const bool is_file = ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
  if (is_file && (::ftruncate(fd, keep) != 0 || ::lseek(fd, keep, SEEK_SET) != keep)) {
    return std::unexpected(trouble("write", path));
  }
  return writer;
}

FileWriter FileWriter::to_standard_output() { return {STDOUT_FILENO, "standard output"}; }

FileWriter::FileWriter(FileWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      buffer_(std::exchange(other.buffer_, {})) {}

FileWriter::~FileWriter() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

Result<void> FileWriter::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t put = ::write(fd_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return std::unexpected(trouble("write", name_));
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  buffer_.clear();
  return {};
}

Result<void> FileWriter::write(std::string_view bytes) {
  buffer_ += bytes;
  return buffer_.size() < kPieceBytes ? Result<void>() : flush();
}

Result<void> FileWriter::finish() {
  if (auto flushed = flush(); !flushed) return flushed;
  // A pipe or a terminal has nothing to sync.
  if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) {
    return std::unexpected(trouble("write", name_));
  }
  return {};
}

}  // namespace callboard::log
