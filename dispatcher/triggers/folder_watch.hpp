#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dispatcher/triggers/registry.hpp"
#include "shared/base/ports.hpp"

namespace callboard::dispatcher {

/// The folder of workflow files (*.yaml, *.yml, *.json): loaded at start and again when they change. It looks
/// once a second at names, times and sizes, which works on every file system (network mounts, bind mounts,
/// editors that write beside and rename); a file counts as changed when it has stood still for one look. On
/// the loop.
///
/// A file that turns bad keeps its last good version; one that goes retires its workflow; a folder that can't
/// be read changes nothing.
class FolderWatch {
 public:
  FolderWatch(Loop& loop, Registry& registry, std::filesystem::path folder);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  void start();
  void stop();

  struct BadFile {
    std::string file;      // its name; empty: the folder itself
    std::string workflow;  // slug whose last good version goes on; empty if there is none
    std::string problems;  // a line each
  };
  std::vector<BadFile> bad_files() const;

 private:
  struct Stamp {
    std::filesystem::file_time_type changed;
    std::uintmax_t size = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct File {
    Stamp seen;  // at the last look
    std::optional<Stamp> loaded;
    bool loading = false;
    bool present = true;
    std::string slug;  // of the last good version
    std::string problems;
  };

  void look();
  bool list(std::map<std::string, Stamp>& found);
  void load(const std::string& name, File& file);
  void settle(const std::string& name, const std::string& slug);
  void forget(const std::string& name);
  bool is_claimed(const std::string& slug, const std::string& except) const;
  void retire(const std::string& slug);

  Loop& loop_;
  Registry& registry_;
  std::filesystem::path folder_;
  std::map<std::string, File> files_;
  std::string folder_problem_;
  bool first_look_ = true;
  Loop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
