#include "deploy/embedded/state.hpp"

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::embedded {
namespace {

Object write_mark(const ProcessMark& mark) { return {{"pid", mark.pid}, {"started", mark.started}}; }

ProcessMark read_mark(const Value* value) {
  return {static_cast<pid_t>(find_int(value, "pid")), static_cast<std::uint64_t>(find_int(value, "started"))};
}

}  // namespace

Result<void> write_state(const DataFolder& folder, const StackState& state) {
  Array processes;
  for (const NamedProcess& process : state.processes) {
    Object entry = write_mark(process.mark);
    entry["name"] = process.name;
    processes.push_back(std::move(entry));
  }
  const Object all{{"version", 1},
                   {"supervisor", write_mark(state.supervisor)},
                   {"ready", state.ready},
                   {"url", state.url},
                   {"databaseUrl", state.database_url},
                   {"natsUrl", state.nats_url},
                   {"runFolder", state.run_folder},
                   {"processes", std::move(processes)}};
  return write_private_file(folder.state(), write_json(all) + "\n");
}

std::optional<StackState> find_state(const std::filesystem::path& data) {
  const auto text = read_text_file(DataFolder{data}.state());
  if (!text) return std::nullopt;
  const auto all = read_json(*text);
  if (!all || find_int(&*all, "version") != 1) return std::nullopt;
  const Value* ready = find(&*all, "ready");
  StackState state{.supervisor = read_mark(find(&*all, "supervisor")),
                   .ready = ready != nullptr && ready->is_bool() && ready->get_bool(),
                   .url = std::string(find_text(&*all, "url")),
                   .database_url = std::string(find_text(&*all, "databaseUrl")),
                   .nats_url = std::string(find_text(&*all, "natsUrl")),
                   .run_folder = std::string(find_text(&*all, "runFolder")),
                   .processes = {}};
  if (const Value* processes = find(&*all, "processes"); processes != nullptr && processes->is_array()) {
    for (const Value& process : processes->get_array()) {
      state.processes.push_back({std::string(find_text(&process, "name")), read_mark(&process)});
    }
  }
  return state;
}

std::optional<StackState> find_running(const std::filesystem::path& data) {
  auto state = find_state(data);
  return state && is_alive(state->supervisor) ? state : std::nullopt;
}

}  // namespace callboard::embedded
