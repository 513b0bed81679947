#pragma once

#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dispatcher/triggers/workflow_set.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"
#include "shared/log/run_ends.hpp"
#include "topics/bus.hpp"

namespace callboard::dispatcher {

/// The catalog of definitions as this dispatcher knows it: loaded at start, changed by what is registered
/// here, and read again when another dispatcher says that it has changed it, and every few seconds (such
/// words may be lost). On the loop.
///
/// There is one look at the catalog at a time, and a rest behind it: of many words one look comes, or one
/// more where a look was under way.
class Registry {
 public:
  struct Ports {
    Loop& loop;
    log::Catalog& catalog;
    log::RunEnds& run_ends;
    Definitions& definitions;
    topics::Notices& notices;
  };
  /// `self`: as the other dispatchers are told who has changed the catalog.
  Registry(Ports ports, const Incarnation& self, bool segments);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Called once.
  void start();
  void stop();
  /// The catalog was read at least once.
  bool is_loaded() const { return loaded_; }
  /// Calls back once it was, before anyone is told that it is loaded: at once if it is.
  void when_loaded(Task task);
  const WorkflowSet& workflows() const { return set_; }

  /// Why a workflow was not registered: what is wrong with it, or with the database.
  struct Refusal {
    std::vector<workflow::Problem> problems;
    std::optional<Error> error;
  };
  using Added = std::move_only_function<void(std::expected<CurrentWorkflowPtr, Refusal>)>;
  /// Compiles and stores; with `current` the slug means it from now on, and every end of a run that it
  /// listens to reaches it.
  void add(std::string text, std::string format, bool current, Added done);
  /// The same of a watched file, named by its whole path: it becomes current, and another workflow that this
  /// file has made current ends.
  void add_file(std::string text, std::string format, std::string file, Added done);
  /// Ends the workflow if it was this file that made it current.
  void retire(const std::string& slug, const std::string& file, log::Done<bool> done);
  /// The files that made workflows current, by slug.
  const std::map<std::string, std::string>& files() const { return files_; }

  /// Current definitions of the catalog that no longer compile, by slug: what is wrong.
  const std::map<std::string, std::string>& broken() const { return broken_; }

 private:
  void look();
  void end_look(std::uint64_t asked, Result<std::vector<log::Definition>> found);
  void end_rest();
  void hear(std::string_view bytes);
  void tell() const;
  void take(std::vector<log::Definition> definitions);
  void set_aside(const log::Definition& definition, const std::vector<workflow::Problem>& problems);
  /// Of the definition its text, format, file, and whether it becomes current.
  void add(log::Definition given, Added done);
  void store(log::Definition definition, std::shared_ptr<CurrentWorkflow> workflow, Added done);
  bool may_stand(const log::Definition& stored, const CurrentWorkflow& workflow, Added& done);
  void put(const log::Definition& stored, const CurrentWorkflowPtr& workflow);
  void remove(const std::string& slug);
  std::optional<workflow::Problem> find_conflict(const CurrentWorkflow& workflow) const;
  void listen(std::set<std::string> workflows, log::Done<bool> done);

  Ports ports_;
  Incarnation self_;
  bool segments_;
  WorkflowSet set_;
  std::map<std::string, std::string> broken_;
  std::map<std::string, std::string> broken_hash_;  // of those, so that they are not compiled again and again
  std::set<std::string> listened_;                  // slugs whose ends the log is known to keep
  std::map<std::string, std::string> files_;
  std::vector<std::weak_ptr<const CurrentWorkflow>> adding_;  // to be current, once the log has them
  bool loaded_ = false;
  std::vector<Task> waiting_;  // for that
  std::uint64_t changes_ = 0;  // made here: an answer of the catalog that was asked for before one is dropped
  bool is_looking_ = false;    // or resting behind a look
  bool looks_again_ = false;   // when the rest is over
  bool is_stopped_ = false;
  Loop::TimerId timer_ = 0;                                     // of the rest, or of the next look
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
