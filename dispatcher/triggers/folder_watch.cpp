#include "dispatcher/triggers/folder_watch.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/file.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace callboard::dispatcher {
namespace {

namespace fs = std::filesystem;

constexpr Micros kLook = std::chrono::seconds(1);
constexpr int kMostLooksHeld = 5;  // of files that never stand still

bool is_workflow_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  return !path.filename().string().starts_with('.') &&
         (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

/// It is there, and what it leads to is not: as bad as a file that can't be read.
bool is_dangling(const fs::directory_entry& entry) {
  std::error_code problem;
  return entry.is_symlink(problem) && !entry.exists(problem);
}

std::string format_of(const std::string& name) { return name.ends_with(".json") ? "json" : "yaml"; }

/// How the log names it: the same for every dispatcher, wherever it was started from.
fs::path whole(const fs::path& folder) {
  std::error_code error;
  const fs::path absolute = fs::absolute(folder, error).lexically_normal();
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

}  // namespace

FolderWatch::FolderWatch(Loop& loop, Registry& registry, fs::path folder, Tell tell)
    : loop_(loop), registry_(registry), folder_(whole(folder)), tell_(std::move(tell)) {}
FolderWatch::~FolderWatch() { stop(); }

void FolderWatch::start() {
  registry_.when_loaded([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired() && !stopped_) look();
  });
}

void FolderWatch::stop() {
  stopped_ = true;
  loop_.cancel(std::exchange(timer_, 0));
}

bool FolderWatch::list(std::map<std::string, Stamp>& found) {
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // between listing and asking: the next look tells
    if (!is_workflow_file(at->path())) continue;
    if (is_dangling(*at)) found.emplace(at->path().filename().string(), Stamp());
    if (!at->is_regular_file(gone)) continue;
    const Stamp stamp{.changed = at->last_write_time(gone), .size = at->file_size(gone)};
    if (!gone) found.emplace(at->path().filename().string(), stamp);
  }
  folder_problem_ =
      error ? "the folder " + folder_.string() + " can't be read: " + error.message() : std::string();
  return !error;
}

void FolderWatch::look() {
  std::map<std::string, Stamp> found;
  if (list(found)) {
    if (first_look_) recall();
    take(found);
    const bool is_loading =
        std::ranges::any_of(files_, [](const auto& entry) { return entry.second.loading; });
    if (!holds_ && (first_look_ || !is_loading)) forget_gone();
    first_look_ = false;
  }
  timer_ = loop_.after(kLook, [this] { look(); });
}

void FolderWatch::forget_gone() {
  for (auto at = files_.begin(); at != files_.end();) {
    const auto next = std::next(at);
    if (!at->second.present) forget(at->first);
    at = next;
  }
}

void FolderWatch::note_change(bool is_changing) {
  looks_held_ = is_changing ? looks_held_ + 1 : 0;
  holds_ = is_changing && looks_held_ <= kMostLooksHeld;
}

/// The name that the file has had until now, which another file may be about to take.
bool FolderWatch::gives_up(const Reading& reading) const {
  const std::string& before = files_.at(reading.name).slug;
  return !before.empty() && before != reading.slug;
}

/// What the files of this folder had made current when a dispatcher last looked at them.
void FolderWatch::recall() {
  for (const auto& [slug, path] : registry_.files()) {
    if (fs::path(path).parent_path() != folder_) continue;
    File& file = files_[fs::path(path).filename().string()];
    file.slug = file.wants = slug;
  }
}

void FolderWatch::take(const std::map<std::string, Stamp>& found) {
  std::vector<Reading> readings;
  bool is_changing = false;
  for (const auto& [name, stamp] : found) {
    const auto [at, is_new] = files_.try_emplace(name);
    File& file = at->second;
    const bool still = first_look_ || (!is_new && file.seen == stamp);
    file.seen = stamp;
    is_changing |= !still;
    if (!still || file.loading || file.loaded == stamp) continue;
    if (auto reading = read(name)) readings.push_back(std::move(*reading));
  }
  for (auto& [name, file] : files_) file.present = found.contains(name);
  // Behind the reading of all: what one file gives up, another may take.
  note_change(is_changing);
  for (Reading& reading : readings) {
    if (!holds_ || !gives_up(reading)) load(std::move(reading));
  }
}

std::optional<FolderWatch::Reading> FolderWatch::read(const std::string& name) {
  File& file = files_[name];
  if (!is_utf8(name)) {
    refuse(name, "the name of the file is not UTF-8: expected another name");
    return std::nullopt;
  }
  if (file.seen.size > limits::kWorkflowBytes) {
    refuse(name, name + ": larger than " + std::to_string(limits::kWorkflowBytes) + " bytes");
    return std::nullopt;
  }
  auto text = read_bounded_file(path_of(name), limits::kWorkflowBytes);
  if (!text) {
    set_problems(name, text.error().message);  // the next look tries again
    return std::nullopt;
  }
  const auto compiled = compile_workflow(*text, format_of(name), true);
  if (!compiled) {
    refuse(name, workflow::to_string(compiled.error(), name));
    return std::nullopt;
  }
  file.wants = compiled->graph->slug;
  return Reading{.name = name, .text = std::move(*text), .slug = file.wants};
}

void FolderWatch::load(Reading reading) {
  const std::string name = std::move(reading.name);
  File& file = files_[name];
  if (const std::string* const other = find_claimant(reading.slug, name)) {
    refuse(name, name + ": the workflow " + reading.slug + " is defined by " + *other + " already");
    return;
  }
  file.loading = true;
  registry_.add_file(std::move(reading.text), format_of(name), path_of(name),
                     [this, alive = std::weak_ptr(alive_), name,
                      stamp = file.seen](std::expected<CurrentWorkflowPtr, Registry::Refusal> added) {
                       if (alive.expired()) return;
                       File& loaded = files_[name];
                       loaded.loading = false;
                       if (!added) {
                         // Its text is good, as was just seen: another workflow stands in its way, or the
                         // database is away. The next look tries again.
                         set_problems(name, added.error().problems.empty()
                                                ? name + ": not stored yet"
                                                : workflow::to_string(added.error().problems, name));
                         return;
                       }
                       loaded.loaded = stamp;
                       settle(name, (*added)->graph->slug);
                     });
}

void FolderWatch::settle(const std::string& name, const std::string& slug) {
  set_problems(name, {});
  const std::string before = std::exchange(files_[name].slug, slug);
  if (!before.empty() && before != slug) try_refused_again();
}

void FolderWatch::forget(std::string name) {
  const std::string slug = files_[name].slug;
  files_.erase(name);
  if (!slug.empty()) retire(slug, name);
  try_refused_again();
}

/// The file stays as it is until it changes, or what stood in its way is gone.
void FolderWatch::refuse(const std::string& name, std::string problems) {
  File& file = files_[name];
  file.loaded = file.seen;
  file.wants = file.slug;
  set_problems(name, std::move(problems));
}

void FolderWatch::set_problems(const std::string& name, std::string problems) {
  File& file = files_[name];
  if (file.problems == problems) return;
  file.problems = std::move(problems);
  if (tell_) tell_(name, file.problems);
}

/// One that was refused because of a file that gave up its name may be right now.
void FolderWatch::try_refused_again() {
  for (auto& [name, file] : files_) {
    if (!file.problems.empty()) file.loaded.reset();
  }
}

/// Another file has the slug, or will have it before this one: the first by name, where neither has it.
const std::string* FolderWatch::find_claimant(const std::string& slug, const std::string& by) const {
  const auto self = files_.find(by);
  const bool has_it = self != files_.end() && self->second.slug == slug;
  for (const auto& [name, file] : files_) {
    if (name == by || !file.present || file.wants != slug) continue;
    if (file.slug == slug || file.loading || (!has_it && name < by)) return &name;
  }
  return nullptr;
}

void FolderWatch::retire(const std::string& slug, const std::string& name) {
  registry_.retire(slug, path_of(name),
                   [this, alive = std::weak_ptr(alive_), slug, name](const Result<bool>& retired) {
                     if (retired || alive.expired()) return;
                     loop_.after(kLook, [this, alive, slug, name] {
                       if (!alive.expired() && !files_.contains(name)) retire(slug, name);
                     });
                   });
}

std::vector<FolderWatch::BadFile> FolderWatch::bad_files() const {
  std::vector<BadFile> out;
  if (!folder_problem_.empty()) out.push_back({.file = {}, .workflow = {}, .problems = folder_problem_});
  for (const auto& [name, file] : files_) {
    if (!file.problems.empty())
      out.push_back({.file = name, .workflow = file.slug, .problems = file.problems});
  }
  return out;
}

}  // namespace callboard::dispatcher
