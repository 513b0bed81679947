#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/held_start.hpp"
#include "shared/log/pause.hpp"
#include "shared/run/event.hpp"
#include "shared/run/state.hpp"

/// The log: facts and decisions in PostgreSQL, and the indexes that are written with them. Two adapters
/// (postgres/, memory/) stand behind these ports, and one contract suite runs over both
/// (tests/contract/log_contract.hpp).
///
/// Every call and callback is on the owner's loop; no callback runs inside the call that was given it. What a
/// call promises is durable when its callback comes with success. `unavailable`: the database is away;
/// appends are not answered with it but held and sent again, with the same bytes, until their fate is known
/// or the process ends; `too_large`: the bounded queue is full, nothing was written.
namespace callboard::log {

template <typename T>
using Done = std::move_only_function<void(Result<T>)>;

/// A run to be made.
struct NewRun {
  RunId id;
  Partition partition = 0;
  std::string workflow;  // slug
  std::string hash;      // of the definition, which must be stored
  std::string created;   // data of d/0 (payload.hpp)
  Writer writer;
  bool inbox = true;    // false: the maker owns the partition and knows the run
  std::string group{};  // as in `created`: it waits for a place there from now on; empty: it needs none
  std::string rate{};   // likewise, the name of the throttle of which it waits for a turn
  std::optional<DeliveryId> delivery{};  // as in `created`; nothing: the arrival's own, if it has one
  run::Labels labels{};                  // as in `created`
  std::optional<RunId> parent{};         // as in `created`: the run that started it
};

/// One row to append, with what hangs on it in the same transaction.
struct Append {
  RunId run;
  std::string key;
  run::EventType type = run::EventType::run_created;
  Writer writer;
  std::string data;  // above limits::kEventInlineBytes the adapter stores a blob and refers to it by hash

  /// A deciding row that closes the run: the head row takes this phase, and the keys take `cancelled`
  /// outcomes (type step_failed, payload of class cancelled) where they are free.
  struct Close {
    run::RunPhase phase = run::RunPhase::completed;
    std::vector<std::string> free_keys;
  };
  std::optional<Close> close;
  /// A deciding row that rewinds a closed run: its head row is open and `running` from then on.
  bool reopens = false;
  /// A deciding row that moves the run to another definition, by hash, which must be stored: its head row
  /// names that one from then on.
  std::string migrates{};
  /// The owner can't expect this row (a command, a signal): an inbox row goes with it.
  bool inbox = false;

  /// Runs that a deciding row makes: head row, d/0 (its time is the row's) and, where asked for, inbox row.
  std::vector<NewRun> runs{};
  /// A row of another run: appended if its key is free and that run is open, with an inbox row. Whether or
  /// not it was makes no difference to the row that it hangs on.
  struct Other {
    RunId run;
    std::string key;
    run::EventType type = run::EventType::command_received;
    Writer writer;
    std::string data;
  };
  std::vector<Other> others{};
};

/// What became of an append.
struct Appended {
  /// This very row stands in the log (also if it was there already with the same writer: the reply was lost).
  bool won = false;
  /// The row as it stands: mine, or the one that was first.
  run::Event stored;
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Group commit: a lone row goes at once, rows under load share a transaction. Callbacks of rows that were
  /// committed together come in one turn of the loop. A row that the database refuses (22xxx, 23xxx) fails
  /// alone, `invalid`.
  virtual void append(Append row, Done<Appended> done) = 0;

  /// All events of a run, in the order of their positions; `not_found` if there is no such run.
  virtual void read_run(const RunId& run, Done<std::vector<run::Event>> done) = 0;
  /// Those of the keys that exist. Keys of many runs in one question.
  struct KeyOf {
    RunId run;
    std::string key;
  };
  virtual void read_keys(std::vector<KeyOf> keys, Done<std::vector<run::Event>> done) = 0;

  /// Appends begun/<k> for an attempt whose job was redelivered, k being the number of such rows plus one, in
  /// a statement that also answers with the attempt's `result` and `started`. With a result, or with k beyond
  /// limits::kPoisonBegins, nothing is appended.
  struct Begun {
    int k = 0;       // of the row appended; 0 if none was
    int begins = 0;  // rows begun/* there are now
    std::optional<run::Event> result;
    std::optional<run::Event> started;
  };
  virtual void begin_again(const RunId& run, std::string step, std::uint32_t attempt,
                           std::uint32_t generation, Writer writer,  // of this very handling
                           const Incarnation& worker, Done<Begun> done) = 0;

  /// Events whose transactions have ended and that no slower one can precede (xid below the snapshot's xmin),
  /// of one run or of all, behind a cursor that an earlier answer gave. For streams and exports.
  struct Tail {
    std::vector<run::Event> events;
    std::string cursor;
  };
  virtual void read_tail(std::optional<RunId> run, std::string cursor, int limit, Done<Tail> done) = 0;
};

/// A verdict on one workflow for one delivery.
struct Verdict {
  std::string workflow;
  std::string outcome;  // "started", "condition_false", "error", "held", "replaced"
  std::optional<RunId> run;
  std::string detail;  // which condition, or the error
};

/// One webhook as received.
struct Delivery {
  DeliveryId id;
  std::string source;       // "github", "linear"
  std::string external_id;  // the sender's id of the delivery
  std::string event;        // "pull_request.opened", "push"
  Time at{};                // set by the log
  std::string headers;      // compact JSON object; without signatures and credentials
  std::string body;         // as received, byte for byte
  std::vector<Verdict> verdicts;
  std::string matched_against;  // hash of the set of workflows it was matched with
};

/// A cause and what it makes: one transaction. With an origin that stands already nothing is written.
struct Arrival {
  /// (kind, hash of the cause): source + delivery id, or an idempotency key. Empty kind: no de-duplication.
  std::string origin_kind;
  std::string origin;       // any bytes; the adapter stores their SHA-256
  std::string fingerprint;  // of the request; a second one with another gets `conflict`. Empty: not compared
  std::optional<Delivery> delivery;
  std::vector<NewRun> runs;
  /// Starts that the delivery does not make yet. Where limits::kHeldKeys groups of the workflow are held, the
  /// oldest fires early; beyond twice as many the delivery's verdict becomes an error.
  std::vector<HeldStart> held{};
  std::optional<FiredGroup> fires{};
};

struct Arrived {
  bool duplicate = false;
  std::optional<DeliveryId> delivery;
  std::vector<RunId> runs;  // of the first arrival
  Time at{};
};

class Intake {
 public:
  virtual ~Intake() = default;
  /// Delivery, origin, head rows, d/0 and inbox rows, all or nothing; shares commits as append does, behind
  /// decisions and results. While the database is away it is held until `give_up`, then `unavailable`: it may
  /// still have happened, and the same arrival sent again is then a duplicate.
  virtual void accept(Arrival arrival, Steady give_up, Done<Arrived> done) = 0;
};

/// A stored definition. `body` is what was registered, byte for byte; `hash` pins it.
struct Definition {
  std::string slug;
  std::string name;
  std::string version;
  std::string hash;
  std::string body;
  std::string format;  // "yaml" or "json"
  Time at{};
  bool current = false;  // its triggers work, and the name means it
  /// Of a current one: the watched file that made it current, by its whole path; empty: a person did.
  std::string file{};
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  /// Stores it (once by hash); with `current` it becomes the one that the slug names. With `file` too, any
  /// other slug that this file has made to name something names nothing from now on; without, a definition
  /// that is the current one already stays its file's.
  virtual void store(Definition definition, Done<Definition> done) = 0;
  /// If it was this file that made the slug name what it does: it names nothing from now on; open runs go on.
  /// Whether it was so.
  virtual void retire(std::string slug, std::string file, Done<bool> done) = 0;
  virtual void load(std::string hash, Done<Definition> done) = 0;  // not_found
  virtual void current(Done<std::vector<Definition>> done) = 0;    // with bodies
  virtual void versions(std::string slug,
                        Done<std::vector<Definition>> done) = 0;  // newest first, without bodies
};

/// Who owns which runs, and who lives. Expiry is by the database's clock.
class Ownership {
 public:
  virtual ~Ownership() = default;

  enum class Role : std::uint8_t { dispatcher = 0, worker = 1 };
  struct Member {
    Incarnation id;
    Role role = Role::dispatcher;
    std::string name;  // host and process id
    std::string pool;  // of a worker
    std::uint32_t slots = 0;
  };
  /// This process lives until `limits::kLease` from now, by the database's clock; a session advisory lock
  /// stands beside it from the first call on. Answers with the database's time, from which the caller
  /// measures its offset.
  struct Beat {
    Time database_now{};
    std::vector<Incarnation> dispatchers;  // that live, this one included if it is one
    std::vector<Partition> held;           // by this process
    /// Of a dispatcher: those that stood when this beat was counted. Whoever owns a partition has heard of
    /// every pause that is older than a lease, and hears of all before it takes its first.
    std::vector<Pause> pauses;
  };
  virtual void beat(const Member& member, Done<Beat> done) = 0;
  /// Takes those of the partitions that are free, expired, or whose holder's lock is free, and lets go of
  /// `give`. Answers with those taken.
  virtual void take(const Incarnation& holder, std::vector<Partition> want, std::vector<Partition> give,
                    Done<std::vector<Partition>> done) = 0;
  /// Ends this process's life at once: partitions, membership, lock.
  virtual void leave(const Incarnation& member, Done<bool> done) = 0;
  /// Those of the members that are certainly dead: the lease is over, or the lock is free.
  virtual void find_dead(std::vector<Incarnation> members, Done<std::vector<Incarnation>> done) = 0;
  virtual void members(Done<std::vector<Member>> done) = 0;  // that live

  /// Open runs of a partition: what a new owner folds.
  virtual void open_runs(Partition partition, Done<std::vector<RunId>> done) = 0;

  /// Inbox rows of the partitions. They stay until deleted, and only the holder of the lease deletes.
  struct InboxRow {
    Partition partition = 0;
    std::int64_t id = 0;
    RunId run;
  };
  virtual void read_inbox(std::vector<Partition> partitions, int limit, Done<std::vector<InboxRow>> done) = 0;
  virtual void delete_inbox(const Incarnation& holder, std::vector<InboxRow> rows, Done<bool> done) = 0;

  /// Head rows whose shown phase (waiting, running, paused) changed: lazily, for lists.
  struct Shown {
    RunId run;
    run::RunPhase phase = run::RunPhase::running;
  };
  virtual void show(std::vector<Shown> runs, Done<bool> done) = 0;
};

/// Places in a concurrency group and turns of a throttle, exact whoever owns what.
class Slots {
 public:
  virtual ~Slots() = default;
  /// What a run needs to be admitted: a place, a turn, or both.
  struct Place {
    std::string group;  // empty: it needs no place
    std::uint32_t limit = 1;
    RunId run;
    std::optional<run::Rate> rate{};
    /// A step of the run wants the turn, not the run itself. It waits by the run: one that had a turn queues
    /// anew, so that runs take turn about; one that does not come within limits::kTurnGrace of the time that
    /// it was told is behind all others; and leave_turns() says that none of its steps wants one any more.
    bool of_step = false;
  };
  struct Admitted {
    std::optional<run::Event> row;  // as it stands; nothing: the run waits from then on
    /// It lacks a turn, and comes to it about then if nobody leaves the queue: it asks again. Nothing: it
    /// lacks a place.
    std::optional<Time> turn_at{};
  };
  /// One transaction: a free place, a turn, and the row d/<n> that admits the run; all or nothing.
  ///
  /// A place is free for a run if fewer than its `limit` are taken, or wanted by older runs of the group that
  /// wait: each goes by its own limit, whichever places others have. Afterwards the oldest waiting run for
  /// which one is free gets an inbox row; so does that one when somebody leaves a place.
  ///
  /// A turn is free for a run if, with one for each older run of the throttle that waits for it, no span of
  /// `per` has more than `limit`; the row's `at` is the time of the turn. When the first of the queue could
  /// go earlier than it was told (somebody left), it gets an inbox row.
  ///
  /// Runs that lack a turn hold up nobody in their group, and runs that lack a place nobody at their
  /// throttle. `conflict`: another decision stands under the number.
  virtual void admit(Place place, Append decision, Done<Admitted> done) = 0;
  /// A waiting run would not try if it were woken: it waits no more (until it tries again), and the oldest of
  /// its group and of its throttle that do are woken in its place. False, and nothing done: it does not wait,
  /// the caller holds no lease on it, or a decision stands under `unless` (empty: whatever stands): it has
  /// been resumed since, and may have tried again.
  virtual void stand_aside(const Incarnation& holder, const RunId& run, std::string unless,
                           Done<bool> done) = 0;
  /// The run's steps want turns of the throttles in `keep` alone: it leaves the queues of all others, and who
  /// is first there is told. False: it is in none.
  virtual void leave_turns(const RunId& run, const std::vector<std::string>& keep, Done<bool> done) = 0;
  struct Standing {
    RunId run;
    bool has_place = false;

    friend bool operator==(const Standing&, const Standing&) = default;
  };
  /// The open runs of a group, youngest first.
  virtual void standing(std::string group, int limit, Done<std::vector<Standing>> done) = 0;
};

/// Pauses of scopes. Owners hear of them with their beats, and act through the log of each run.
class Pauses {
 public:
  virtual ~Pauses() = default;
  /// It stands from now on; `at` is set by the log. One of the same scope and name that stands already stays
  /// as it is, and is the answer. `conflict`: limits::kPauses stand already.
  virtual void set(Pause pause, Done<Pause> done) = 0;
  /// False: none stood.
  virtual void lift(std::string scope, std::string name, Done<bool> done) = 0;
  virtual void list(Done<std::vector<Pause>> done) = 0;  // by scope and name
};

/// What lists and single pages show. Reads only; may be a little behind.
struct RunHead {
  RunId id;
  std::string workflow;
  std::string version;
  std::string hash;
  run::RunPhase phase = run::RunPhase::pending;
  Time created_at{};
  std::optional<Time> closed_at;
  std::optional<DeliveryId> delivery;
  run::Labels labels{};  // by name
};

/// An attempt that was given up on: the outcome under its result key is step.lost.
struct LostAttempt {
  std::string workflow;
  run::Event outcome;
};

class Library {
 public:
  virtual ~Library() = default;
  struct RunFilter {
    std::optional<run::RunPhase> phase;
    std::string workflow;
    std::optional<Time> since;
    std::optional<Time> until;
    /// All of them: with this value, or without one whatever it is.
    struct Label {
      std::string name;
      std::optional<std::string> value;
    };
    std::vector<Label> labels{};
    std::optional<RunId> parent{};  // the run that started them
    std::optional<RunId> before;    // cursor: strictly older than this
    int limit = 50;
  };
  virtual void runs(RunFilter filter, Done<std::vector<RunHead>> done) = 0;  // newest first
  virtual void run(const RunId& run, Done<RunHead> done) = 0;                // not_found
  virtual void deliveries(std::optional<DeliveryId> before, std::string source, int limit,
                          Done<std::vector<Delivery>> done) = 0;         // newest first, without bodies
  virtual void delivery(const DeliveryId& id, Done<Delivery> done) = 0;  // with headers and body

  struct LostFilter {
    std::string workflow;
    std::optional<Time> since;  // of the outcome
    std::optional<Time> until;
    std::optional<EventLog::KeyOf> before;  // cursor: strictly behind this one in the list
    int limit = 50;
  };
  /// Newest run first, of one run by key, downwards. Whatever became of the step since is for the caller to
  /// fold.
  virtual void lost_attempts(LostFilter filter, Done<std::vector<LostAttempt>> done) = 0;
};

}  // namespace callboard::log
