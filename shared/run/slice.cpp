#include "shared/run/slice.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/contexts.hpp"
#include "shared/run/items.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

/// In `run` of a shell step only the double brace opens an expression: `${HOME}` is the shell's own.
expression::Opening opening_of(std::string_view executor, std::string_view pointer) {
  const bool script = executor == "shell" && pointer == "/run";
  return script ? expression::Opening::double_brace : expression::Opening::dollar_brace;
}

SliceStep make_step(std::string key, const Step& step, std::uint32_t attempt) {
  SliceStep out;
  out.key = std::move(key);
  out.attempt = attempt;
  out.executor = step.executor;
  out.timeout = step.timeout;
  out.idle_timeout = step.idle_timeout;
  out.effect = step.effect;
  return out;
}

bool reads_slice(const expression::Reads& reads, const Slice& slice) {
  return std::ranges::any_of(reads.steps, [&](const std::string& key) {
    return std::ranges::find(slice.steps, key, &SliceStep::key) != slice.steps.end();
  });
}

/// True if what it reads of other steps stands in it by key, and does not change while the line is on its
/// way.
bool names_what_it_reads(const expression::Reads& reads) {
  return !reads.all_steps && reads.numbers.empty() && !reads.status_function && !reads.now;
}

/// True if a worker can render it from what a slice carries: no payload of a delivery.
bool can_travel_as_source(const expression::Reads& reads, const RunState& state) {
  return !reads.event && !(reads.run && state.event);
}

Result<expression::Rendered> render_step(const Graph& graph, const RunState& state, StepIndex step) {
  const expression::Template& params = step_of(graph, state, step).params;
  if (params.is_constant()) return params.constant();
  return expression::render(params, RunContexts(graph, state, step));
}

/// What the sources of a slice read, beside the slice's own results.
class Carried {
 public:
  Carried(const Graph& graph, const RunState& state) : contexts_(graph, state, kNoStep) {}

  void add(const expression::Reads& reads, const Slice& slice) {
    if (reads.inputs) add_context("inputs");
    if (reads.vars) add_context("vars");
    if (reads.run) add_context("run");
    for (const std::string& key : reads.steps) {
      if (std::ranges::find(slice.steps, key, &SliceStep::key) != slice.steps.end()) continue;
      if (const Value* step = contexts_.find_step(key)) steps_[key] = *step;
    }
  }

  std::string write() {
    if (!steps_.empty()) out_["steps"] = std::move(steps_);
    return out_.empty() ? std::string() : write_json(out_);
  }

 private:
  void add_context(std::string_view name) {
    if (const Value* value = contexts_.find_context(name))
      out_[boost::json::string_view(name.data(), name.size())] = *value;
  }

  RunContexts contexts_;
  Object out_;
  Object steps_;
};

/// Adds a step behind the first; false if the line ends before it.
bool add_follower(const Graph& graph, const RunState& state, StepIndex index, Slice& slice,
                  Carried& carried) {
  const Step& step = graph.steps[index];
  const expression::Reads& reads = step.params.reads();
  SliceStep out = make_step(step.key, step, 1);
  if (!names_what_it_reads(reads)) return false;
  if (reads_slice(reads, slice)) {
    if (!can_travel_as_source(reads, state)) return false;
    out.source = write_json(step.params.source());
    carried.add(reads, slice);
  } else {
    auto rendered = render_step(graph, state, index);
    if (!rendered) return false;
    out.params = std::move(*rendered);
  }
  slice.steps.push_back(std::move(out));
  return true;
}

std::size_t bytes_of(const SliceStep& step) {
  return step.params ? step.params->json.size() : step.source.size();
}

Value parse_or_null(const Value* value) { return value == nullptr ? Value() : *value; }

/// A worker's view of the run: what the slice carries, and the results that it has made itself.
class SliceContexts final : public expression::Contexts {
 public:
  SliceContexts(const Slice& slice, std::size_t at, const std::vector<std::string>& results) {
    if (!slice.contexts.empty()) carried_ = read_json(slice.contexts).value_or(Value());
    steps_ = parse_or_null(find(&carried_, "steps"));
    if (!steps_.is_object()) steps_.emplace_object();
    for (std::size_t i = 0; i < at; ++i) {
      Object step;
      step["result"] = read_json(results[i]).value_or(Value());
      step["status"] = "completed";
      step["error"] = nullptr;
      step["attempts"] = slice.steps[i].attempt;
      steps_.get_object()[slice.steps[i].key] = std::move(step);
    }
  }

  const Value* find_context(std::string_view name) const override {
    return name == "steps" ? nullptr : find(&carried_, name);
  }
  /// A slice carries what is read by a step's own key.
  const Value* find_step(std::string_view key) const override { return find(&steps_, key); }
  const Value* find_step(std::size_t) const override { return nullptr; }
  bool status(expression::StatusFunction function) const override {
    return function == expression::StatusFunction::success || function == expression::StatusFunction::always;
  }
  Time now() const override { return {}; }

 private:
  Value carried_;
  Value steps_;
};

}  // namespace

Result<Slice> cut_slice(const Graph& graph, const RunState& state, const PublishJob& job) {
  Slice slice{.run = state.id, .generation = state.generation};
  auto first = render_step(graph, state, job.steps.front());
  if (!first) return std::unexpected(first.error());
  const StepIndex place = job.steps.front();
  slice.steps.push_back(make_step(key_of(graph, state, place), step_of(graph, state, place), job.attempt));
  slice.steps.front().params = std::move(*first);
  if (job.steps.size() == 1) return slice;
  Carried carried(graph, state);
  std::size_t bytes = bytes_of(slice.steps.front());
  for (std::size_t i = 1; i < job.steps.size(); ++i) {
    if (!add_follower(graph, state, job.steps[i], slice, carried)) break;
    bytes += bytes_of(slice.steps.back());
    if (bytes <= limits::kRenderedBytes) continue;
    slice.steps.pop_back();
    break;
  }
  slice.contexts = carried.write();
  if (slice.contexts.size() + bytes > limits::kRenderedBytes) {
    slice.steps.resize(1);
    slice.contexts.clear();
  }
  return slice;
}

Result<expression::Rendered> slice_params(const Slice& slice, std::size_t at,
                                          const std::vector<std::string>& results) {
  const SliceStep& step = slice.steps[at];
  if (step.params) return *step.params;
  if (results.size() < at) {
    return fail(ErrorCode::invalid,
                "step \"" + step.key + "\": a result of an earlier step of the line is missing");
  }
  const auto source = read_json(step.source);
  if (!source) return std::unexpected(source.error());
  const auto made = expression::make_template(
      *source, [&](std::string_view pointer) { return opening_of(step.executor, pointer); });
  if (!made) return std::unexpected(made.error());
  return expression::render(*made, SliceContexts(slice, at, results));
}

}  // namespace callboard::run
