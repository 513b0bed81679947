#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "shared/base/error.hpp"

namespace callboard::sandbox {

/// A fresh folder for one step, readable by its user only, removed with everything in it when it goes out of
/// scope: work/ (where the step begins, and its HOME), tmp/, and room for files beside them.
class StepFolder {
 public:
  /// Below $TMPDIR or /tmp. `unavailable` if none can be made.
  static Result<std::unique_ptr<StepFolder>> make();
  ~StepFolder();
  StepFolder(const StepFolder&) = delete;
  StepFolder& operator=(const StepFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path work() const { return path_ / "work"; }
  std::filesystem::path temporary() const { return path_ / "tmp"; }

 private:
  explicit StepFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace callboard::sandbox
