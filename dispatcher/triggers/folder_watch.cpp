#include "dispatcher/triggers/folder_watch.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace callboard::dispatcher {
namespace {

namespace fs = std::filesystem;

constexpr Micros kLook = std::chrono::seconds(1);

bool is_workflow_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  return !path.filename().string().starts_with('.') &&
         (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

Result<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::unavailable, "the file can't be opened");
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return fail(ErrorCode::unavailable, "the file can't be read");
  return text;
}

}  // namespace

FolderWatch::FolderWatch(Loop& loop, Registry& registry, fs::path folder)
    : loop_(loop), registry_(registry), folder_(std::move(folder)) {}
FolderWatch::~FolderWatch() { stop(); }

void FolderWatch::start() { look(); }
void FolderWatch::stop() { loop_.cancel(std::exchange(timer_, 0)); }

bool FolderWatch::list(std::map<std::string, Stamp>& found) {
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // between listing and asking: the next look tells
    if (!is_workflow_file(at->path()) || !at->is_regular_file(gone)) continue;
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
    for (const auto& [name, stamp] : found) {
      const auto [at, is_new] = files_.try_emplace(name);
      File& file = at->second;
      const bool still = (is_new && first_look_) || (!is_new && file.seen == stamp);
      file.seen = stamp;
      file.present = true;
      if (still && !file.loading && file.loaded != stamp) load(name, file);
    }
    for (auto& [name, file] : files_) file.present = found.contains(name);
    for (auto at = files_.begin(); at != files_.end();) {
      const auto next = std::next(at);
      if (!at->second.present && !at->second.loading) forget(at->first);
      at = next;
    }
    first_look_ = false;
  }
  timer_ = loop_.after(kLook, [this] { look(); });
}

void FolderWatch::load(const std::string& name, File& file) {
  const Stamp stamp = file.seen;
  if (stamp.size > limits::kWorkflowBytes) {
    file.loaded = stamp;
    file.problems = name + ": larger than " + std::to_string(limits::kWorkflowBytes) + " bytes";
    return;
  }
  auto text = read_file(folder_ / name);
  if (!text) {
    file.problems = name + ": " + text.error().message;
    return;
  }
  const std::string format = name.ends_with(".json") ? "json" : "yaml";
  const auto compiled = compile_workflow(*text, format, true);
  if (!compiled || is_claimed(compiled->graph->slug, name)) {
    file.loaded = stamp;
    file.problems = compiled ? name + ": another file defines the workflow " + compiled->graph->slug
                             : workflow::to_string(compiled.error(), name);
    return;
  }
  file.loading = true;
  registry_.add(std::move(*text), format, true,
                [this, alive = std::weak_ptr(alive_), name,
                 stamp](std::expected<CurrentWorkflowPtr, Registry::Refusal> added) {
                  if (alive.expired()) return;
                  File& loaded = files_[name];
                  loaded.loading = false;
                  if (!added) {
                    // Its text is good, as was just seen: another workflow stands in its way, or the database
                    // is away. The next look tries again.
                    loaded.problems = added.error().problems.empty()
                                          ? name + ": not stored yet"
                                          : workflow::to_string(added.error().problems, name);
                    return;
                  }
                  loaded.loaded = stamp;
                  settle(name, (*added)->graph->slug);
                });
}

void FolderWatch::settle(const std::string& name, const std::string& slug) {
  File& file = files_[name];
  file.problems.clear();
  const std::string before = std::exchange(file.slug, slug);
  if (!before.empty() && before != slug && !is_claimed(before, name)) retire(before);
}

void FolderWatch::forget(const std::string& name) {
  const std::string slug = files_[name].slug;
  const bool is_last = !slug.empty() && !is_claimed(slug, name);
  files_.erase(name);  // `name` may have been its key
  if (is_last) retire(slug);
  // A file that was refused because of this one may be right now.
  for (auto& [other, file] : files_) {
    if (!file.problems.empty()) file.loaded.reset();
  }
}

bool FolderWatch::is_claimed(const std::string& slug, const std::string& except) const {
  for (const auto& [name, file] : files_) {
    if (name != except && file.slug == slug) return true;
  }
  return false;
}

void FolderWatch::retire(const std::string& slug) {
  registry_.retire(slug, [this, alive = std::weak_ptr(alive_), slug](Result<bool> retired) {
    if (retired || alive.expired()) return;
    loop_.after(kLook, [this, alive, slug] {
      if (!alive.expired() && !is_claimed(slug, {})) retire(slug);
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
