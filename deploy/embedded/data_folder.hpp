#pragma once

#include <filesystem>
#include <string>

#include "shared/base/error.hpp"

namespace callboard::embedded {

/// The data folder of an embedded stack, 0700: postgres/ and nats/ (what they store), logs/, run/ (the
/// socket), the secrets of the webhooks, lock and state.json.
struct DataFolder {
  std::filesystem::path root;

  std::filesystem::path logs() const { return root / "logs"; }
  std::filesystem::path log_of(const std::string& name) const { return logs() / (name + ".log"); }
  std::filesystem::path nats() const { return root / "nats"; }
  std::filesystem::path state() const { return root / "state.json"; }
  /// 0600; what signs the webhooks of a source ("github", "linear").
  std::filesystem::path webhook_secret(const std::string& source) const {
    return root / (source + "-webhook-secret");
  }
};

/// Makes the folder and what it holds, where missing; a log above 16 MiB gives way to a new one.
Result<DataFolder> open_data_folder(const std::filesystem::path& path);

/// Holds the folder for one stack. The kernel lets go of it when the process ends, however it does.
class FolderLock {
 public:
  /// `conflict` if another process holds it; says which.
  static Result<FolderLock> take(const DataFolder& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  FolderLock(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

/// `bytes` random ones, in hex.
std::string make_secret(std::size_t bytes);
/// Writes the file anew, 0600, whole or not at all.
Result<void> write_private_file(const std::filesystem::path& path, const std::string& text);
/// The text of a file without newlines at its end.
Result<std::string> read_text_file(const std::filesystem::path& path);
/// Makes what signs a source's webhooks, unless it is there.
Result<void> ensure_webhook_secret(const DataFolder& folder, const std::string& source);

}  // namespace callboard::embedded
