#include "dispatcher/engine/admission.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/admission.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {
namespace {

using Standing = std::vector<log::Slots::Standing>;

constexpr int kNamedHolders = 5;
constexpr Micros kTryAgain = std::chrono::milliseconds(250);  // what the log did not answer

std::string name_holders(const RunId& run, const Standing& standing) {
  std::string out;
  int named = 0;
  for (const auto& [holder, has_place] : standing) {
    if (!has_place || holder == run) continue;
    if (++named > kNamedHolders) return out + " and others";
    out += (out.empty() ? "" : ", ") + to_string(holder);
  }
  return out;
}

}  // namespace

void Admission::try_for(Wanted wanted, log::Append row, Answered done) {
  if (!wanted.group || wanted.group->on_excess != run::OnExcess::replace)
    return take(std::move(wanted), std::move(row), std::move(done));
  const std::string group = wanted.group->name;
  slots_.standing(group, limits::kGroupReplaced,
                  [this, wanted = std::move(wanted), row = std::move(row),
                   done = std::move(done)](const Result<Standing>& standing) mutable {
                    if (!standing) return done(std::unexpected(standing.error()));
                    replace_older(wanted, std::move(row), *standing, std::move(done));
                  });
}

/// The youngest stay, as many as there are places; all others go, this one too if it is none of them.
void Admission::replace_older(const Wanted& wanted, log::Append row, const Standing& standing,
                              Answered done) {
  const RunId& run = wanted.run;
  const run::Group& group = *wanted.group;
  const auto younger = std::ranges::count_if(standing, [&](const auto& other) { return run < other.run; });
  if (younger >= group.limit) {
    return done(Answer{.row = {},
                       .no_place = "replaced by run " + to_string(standing.front().run) +
                                   ", which is newer in " + describe(group)});
  }
  std::size_t stay = static_cast<std::size_t>(younger) + 1;
  for (const auto& [other, has_place] : standing) {
    if (!(other < run)) continue;
    if (stay++ >= group.limit) cancel(other, run, group);
  }
  take(wanted, std::move(row), std::move(done));
}

/// Once for each pair of runs, whoever asks and however often.
void Admission::cancel(const RunId& older, const RunId& run, const run::Group& group) {
  run::Command command{.name = "cancel", .actor = "concurrency"};
  command.reason = "replaced by run " + to_string(run) + ", which is newer in " + describe(group);
  log::Append row;
  row.run = older;
  row.key = run::command_key("replaced-by-" + to_string(run));
  row.type = run::EventType::command_received;
  row.writer = writers_.next();
  row.data = run::encode_command(command);
  row.inbox = true;
  events_.append(std::move(row), [this](const Result<log::Appended>& appended) {
    if (appended && appended->won) told_();
  });
}

void Admission::take(Wanted wanted, log::Append row, Answered done) {
  if (const auto leaving = leaving_.find(wanted.run); leaving != leaving_.end()) {
    leaving->second.push_back(
        [this, wanted = std::move(wanted), row = std::move(row), done = std::move(done)]() mutable {
          take(std::move(wanted), std::move(row), std::move(done));
        });
    return;
  }
  log::Slots::Place place{.group = {}, .limit = 0, .run = wanted.run, .rate = wanted.rate};
  if (wanted.group) {
    place.group = wanted.group->name;
    place.limit = wanted.group->limit;
  }
  slots_.admit(std::move(place), std::move(row),
               [this, run = wanted.run, group = wanted.group,
                done = std::move(done)](Result<log::Slots::Admitted> admitted) mutable {
                 if (!admitted) return done(std::unexpected(std::move(admitted.error())));
                 const bool lacks_place = !admitted->row && !admitted->turn_at;
                 if (lacks_place && group && group->on_excess == run::OnExcess::reject)
                   return reject(run, *group, std::move(done));
                 done(Answer{.row = std::move(admitted->row), .no_place = {}, .turn_at = admitted->turn_at});
               });
}

void Admission::try_for_step(const RunId& run, const run::Rate& rate, log::Append row, Answered done) {
  slots_.admit({.group = {}, .limit = 0, .run = run, .rate = rate, .of_step = true}, std::move(row),
               [done = std::move(done)](Result<log::Slots::Admitted> admitted) mutable {
                 if (!admitted) return done(std::unexpected(std::move(admitted.error())));
                 done(Answer{.row = std::move(admitted->row), .no_place = {}, .turn_at = admitted->turn_at});
               });
}

void Admission::reject(const RunId& run, const run::Group& group, Answered done) {
  slots_.standing(group.name, limits::kGroupReplaced,
                  [run, group, done = std::move(done)](const Result<Standing>& standing) mutable {
                    std::string why = "rejected: no place is free in " + describe(group);
                    const std::string holders = standing ? name_holders(run, *standing) : std::string();
                    if (!holders.empty()) why += ", which run " + holders + " has";
                    done(Answer{.row = {}, .no_place = std::move(why)});
                  });
}

/// What is lost of it costs those behind it limits::kTurnGrace. One that tries again meanwhile and is taken
/// out for it comes at the time that it was told all the same.
void Admission::leave_turns(const RunId& run, const std::vector<std::string>& keep) {
  slots_.leave_turns(run, keep, [this](const Result<bool>& left) {
    if (left && *left) told_();
  });
}

void Admission::stand_aside(const RunId& run, std::string unless) {
  if (leaving_.try_emplace(run).second) send_aside(run, std::move(unless));
}

/// Until it is known to have been taken out, or tries again: it would hold up all that are behind it.
void Admission::send_aside(const RunId& run, std::string unless) {
  slots_.stand_aside(self_, run, unless, [this, run, unless](const Result<bool>& aside) {
    if (!aside && leaving_.at(run).empty()) {
      loop_.after(kTryAgain, [this, run, unless] { send_aside(run, unless); });
      return;
    }
    auto tries = std::move(leaving_.extract(run).mapped());
    for (auto& again : tries) again();
  });
}

}  // namespace callboard::dispatcher
