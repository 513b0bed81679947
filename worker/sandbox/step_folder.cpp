#include "worker/sandbox/step_folder.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace callboard::sandbox {
namespace {

namespace fs = std::filesystem;

/// A step may have barred itself from its own folders.
void open_up(const fs::path& folder) {
  std::error_code ignored;
  fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) open_up(entry.path());
  }
}

}  // namespace

Result<std::unique_ptr<StepFolder>> StepFolder::make() {
  std::error_code error;
  const fs::path base = fs::temp_directory_path(error);
  if (error) return fail(ErrorCode::unavailable, "no folder for temporary files: " + error.message());
  std::string pattern = (base / "callboard-step-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::unavailable, pattern + ": can't be made: " + std::strerror(errno));
  }
  std::unique_ptr<StepFolder> folder(new StepFolder(pattern));
  for (const fs::path& part : {folder->work(), folder->temporary()}) {
    if (mkdir(part.c_str(), 0700) != 0) {
      return fail(ErrorCode::unavailable, part.string() + ": can't be made: " + std::strerror(errno));
    }
  }
  return folder;
}

StepFolder::~StepFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
  if (!error) return;
  open_up(path_);
  fs::remove_all(path_, error);
}

}  // namespace callboard::sandbox
