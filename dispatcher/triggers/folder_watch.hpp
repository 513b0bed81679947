#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
/// A file that turns bad keeps its last good version; one that goes retires the workflow that it made
/// current, also if it went while no dispatcher ran: the log knows which file made what current. Files that
/// this dispatcher has not seen, and that went before another one started, are that one's. A folder that
/// can't be read changes nothing.
///
/// While files change nothing ends, for a few looks: what one file gives up, or held when it went, another
/// may have (files that are renamed, a checkout of another branch).
class FolderWatch {
 public:
  /// Told of each file that turns bad, or whose problems change, and of one that is good again (no problems).
  /// May be empty.
  using Tell = std::function<void(const std::string& file, const std::string& problems)>;
  FolderWatch(Loop& loop, Registry& registry, std::filesystem::path folder, Tell tell);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// It looks for the first time once the registry is loaded.
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
    std::string
        wants;  // slug of the text as it stands, once it was read; of a bad one: of the last good version
    std::string problems;
  };
  /// A file that changed and compiles.
  struct Reading {
    std::string name;
    std::string text;
    std::string slug;
  };

  void look();
  bool list(std::map<std::string, Stamp>& found);
  std::string path_of(const std::string& name) const { return (folder_ / name).string(); }
  void recall();
  void take(const std::map<std::string, Stamp>& found);
  void note_change(bool is_changing);
  bool gives_up(const Reading& reading) const;
  void forget_gone();
  std::optional<Reading> read(const std::string& name);
  void load(Reading reading);
  void settle(const std::string& name, const std::string& slug);
  void forget(std::string name);  // by value: it may be the key of what is erased
  void refuse(const std::string& name, std::string problems);
  void set_problems(const std::string& name, std::string problems);
  void try_refused_again();
  const std::string* find_claimant(const std::string& slug, const std::string& by) const;
  void retire(const std::string& slug, const std::string& name);

  Loop& loop_;
  Registry& registry_;
  std::filesystem::path folder_;
  Tell tell_;
  std::map<std::string, File> files_;
  std::string folder_problem_;
  bool first_look_ = true;
  bool holds_ = false;  // files are changing: nothing ends in this look
  int looks_held_ = 0;
  bool stopped_ = false;
  Loop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
