#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"

namespace callboard::log {

/// Where an archive's bytes go.
using WriteBytes = std::function<Result<void>(std::string_view)>;

/// Where an archive's lines come from.
class Lines {
 public:
  virtual ~Lines() = default;
  /// The next line without its newline, valid until the next call; nothing at the end. What stands behind the
  /// last newline is no line: `is_cut` tells of it. `too_large` beyond limits::kArchiveLineBytes.
  virtual Result<std::optional<std::string_view>> next() = 0;
  virtual bool is_cut() const = 0;
};

/// The lines of a text in memory. Borrows it.
class TextLines final : public Lines {
 public:
  explicit TextLines(std::string_view text) : rest_(text) {}
  Result<std::optional<std::string_view>> next() override;
  bool is_cut() const override { return cut_; }

 private:
  std::string_view rest_;
  bool cut_ = false;
};

/// The lines of a file, read piece by piece.
class FileLines final : public Lines {
 public:
  /// `not_found` if it can't be read.
  static Result<FileLines> open(const std::string& path);
  Result<std::optional<std::string_view>> next() override;
  bool is_cut() const override { return cut_; }

 private:
  explicit FileLines(int fd);
  Result<bool> read_more();

  struct Close {
    void operator()(const int* fd) const;
  };
  std::unique_ptr<int, Close> fd_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what is not handed out yet
  std::size_t scanned_ = 0;  // up to here there is no newline
  bool cut_ = false;
};

/// A file that grows at its end.
class FileWriter {
 public:
  /// Makes the file, or cuts it to `size` bytes where one is given.
  static Result<FileWriter> open(const std::string& path, std::optional<std::uint64_t> size);
  static FileWriter to_standard_output();
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  FileWriter(const FileWriter&) = delete;
  ~FileWriter();

  Result<void> write(std::string_view bytes);
  /// All of it is on the disk when this returns.
  Result<void> finish();

 private:
  FileWriter(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Result<void> flush();

  int fd_;
  std::string name_;
  std::string buffer_;
};

}  // namespace callboard::log
