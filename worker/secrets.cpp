#include "worker/secrets.hpp"

#include <sys/prctl.h>

#include <utility>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::worker {

void Secrets::add(std::string name, std::string value) {
  scrubber_.add(value);
  named_.insert_or_assign(std::move(name), std::move(value));
}

void Secrets::add_hidden(std::string value) { scrubber_.add(value); }

const std::string* Secrets::find(std::string_view name) const {
  const auto found = named_.find(name);
  return found == named_.end() ? nullptr : &found->second;
}

void Secrets::scrub(run::Outcome& outcome) const {
  if (empty()) return;
  outcome.error.message = scrubber_.scrub(outcome.error.message);
  for (std::string* json : {&outcome.result, &outcome.usage}) {
    if (!scrubber_.finds(*json)) continue;
    auto value = read_json(*json, limits::kJsonDepth * 2);
    if (!value) {
      *json = "null";  // what can't be read can't be cleaned
      continue;
    }
    scrubber_.scrub(*value);
    *json = write_json(*value);
  }
}

void make_unreadable() { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace callboard::worker
