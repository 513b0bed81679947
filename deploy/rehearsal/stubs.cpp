#include "deploy/rehearsal/stubs.hpp"

#include <utility>

#include "deploy/rehearsal/stub_fields.hpp"
#include "shared/base/limits.hpp"
#include "shared/run/approval.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/known_events.hpp"
#include "shared/workflow/tree.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::rehearsal {
namespace {

using workflow::Node;
using workflow::Problems;
using workflow::to_value;

Micros duration_at(const Node& node, std::string_view name) {
  const Node* const duration = node.find_text(name);
  return duration == nullptr ? Micros(0) : parse_duration(duration->text).value_or(Micros(0));
}

std::string text_at(const Node& node, std::string_view name, std::string_view fallback = {}) {
  const Node* const text = node.find_text(name);
  return text == nullptr ? std::string(fallback) : text->text;
}

std::optional<std::string> find_text_at(const Node& node, std::string_view name) {
  const Node* const text = node.find_text(name);
  return text == nullptr ? std::nullopt : std::optional(text->text);
}

Object object_at(const Node& node, std::string_view name) {
  const Node* const object = node.find_map(name);
  return object == nullptr ? Object() : to_value(*object).as_object();
}

Answer read_answer(const Node& node) {
  Answer out{.outcome = {}, .takes = duration_at(node, "takes")};
  if (const Node* const result = node.find("result")) out.outcome.result = write_json(to_value(*result));
  const Node* const error = node.find_map("error");
  if (error == nullptr) return out;
  const auto error_class = run::parse_error_class(text_at(*error, "class", "internal"));
  out.outcome.error = {error_class.value_or(run::ErrorClass::internal),
                       text_at(*error, "message", "as stubbed")};
  const bool is_lost = out.outcome.error.error_class == run::ErrorClass::lost;
  out.outcome.type = is_lost ? run::EventType::step_lost : run::EventType::step_failed;
  return out;
}

void read_answers(const Node& root, Stubs& out, Problems& problems) {
  const Node* const steps = root.find_map("steps");
  if (steps == nullptr) return;
  for (const Node& step : steps->children) {
    std::vector<Answer>& answers = out.steps[step.key];
    const std::span<const Node> list = step.is_list() ? std::span(step.children) : std::span(&step, 1);
    for (const Node& answer : list) {
      if (answer.find("result") != nullptr && answer.find("error") != nullptr)
        problems.add(answer.at, "steps." + step.key, "found result and error, expected one of them");
      answers.push_back(read_answer(answer));
    }
  }
}

void read_signals(const Node& root, Stubs& out) {
  const Node* const signals = root.find_list("signals");
  if (signals == nullptr) return;
  for (const Node& signal : signals->children) {
    Cue cue{.name = text_at(signal, "name"), .after = duration_at(signal, "after")};
    if (const Node* const data = signal.find("data")) cue.data = write_json(to_value(*data));
    out.signals.push_back(std::move(cue));
  }
}

void read_approvals(const Node& root, Stubs& out) {
  const Node* const approvals = root.find_list("approvals");
  if (approvals == nullptr) return;
  for (const Node& approval : approvals->children) {
    const Node* const approve = approval.find("approve");
    const bool says_no =
        approve != nullptr && approve->kind == Node::Kind::boolean && !approve->scalar.get_bool();
    out.approvals.push_back(text_at(approval, "step"));
    out.signals.push_back(
        {.name = run::approval_signal(out.approvals.back()),
         .data = run::encode_vote(!says_no, text_at(approval, "by"), text_at(approval, "comment")),
         .after = duration_at(approval, "after")});
  }
}

/// A name that GitHub or Linear surely do not send.
void check_event_name(const Node& name, const std::string& path, Problems& problems) {
  if (name.key != workflow::kGitHub && name.key != workflow::kLinear) return;
  const std::string wrong = workflow::find_misspelling(name.key, name.text);
  if (!wrong.empty())
    problems.add(name.at, workflow::path_of(path, name.key), "found " + describe(name) + ": " + wrong);
}

void read_events(const Node& root, Stubs& out, Problems& problems) {
  const Node* const events = root.find_list("events");
  if (events == nullptr) return;
  for (std::size_t i = 0; i < events->children.size(); ++i) {
    const Node& event = events->children[i];
    const std::string path = workflow::path_of("events", i);
    EventCue cue{
        .source = {}, .event = {}, .after = duration_at(event, "after") - duration_at(event, "before")};
    int sources = 0;
    for (const std::string_view source : {"github", "linear", "webhook", "workflow"}) {
      const Node* const name = event.find_text(source);
      if (name == nullptr) continue;
      ++sources;
      cue.source = source;
      cue.event = name->text;
      check_event_name(*name, path, problems);
    }
    if (sources != 1)
      problems.add(event.at, path,
                   "expected exactly one of github, linear, webhook and workflow, with the event's name");
    cue.payload = object_at(event, "payload");
    cue.event = workflow::full_event_name(cue.source, cue.event, cue.payload);
    out.events.push_back(std::move(cue));
  }
}

ExpectedStep read_expected_step(const Node& node) {
  ExpectedStep out{.key = node.key, .state = {}, .attempts = {}, .result = {}, .error_class = {}};
  if (node.is_text()) {
    out.state = node.text;
    return out;
  }
  out.state = find_text_at(node, "state");
  out.error_class = find_text_at(node, "errorClass");
  if (const Node* const attempts = node.find("attempts"))
    out.attempts = static_cast<std::uint32_t>(attempts->scalar.get_int64());
  if (const Node* const result = node.find("result")) out.result = to_value(*result);
  return out;
}

void read_expected(const Node& root, Expected& out) {
  const Node* const expect = root.find_map("expect");
  if (expect == nullptr) return;
  if (const Node* const starts = expect->find("starts")) out.starts = starts->scalar.get_bool();
  out.trigger = find_text_at(*expect, "trigger");
  out.idempotency_key = find_text_at(*expect, "idempotencyKey");
  out.state = find_text_at(*expect, "state");
  out.error = find_text_at(*expect, "error");
  if (const Node* const outputs = expect->find_map("outputs")) out.outputs = to_value(*outputs);
  if (const Node* const steps = expect->find_map("steps")) {
    for (const Node& step : steps->children) out.steps.push_back(read_expected_step(step));
  }
  if (const Node* const order = expect->find_list("order")) {
    for (const Node& key : order->children) out.order.push_back(key.text);
  }
}

/// Of the members of a map: the keys, or the values.
void note_members(const Node* map, const std::string& path, bool of_keys, Stubs& out) {
  if (map == nullptr) return;
  for (const Node& member : map->children)
    out.places.emplace(workflow::path_of(path, member.key), of_keys ? member.key_at : member.at);
}

void note_places(const Node& root, Stubs& out) {
  note_members(&root, "", false, out);
  note_members(root.find_map("inputs"), "inputs", false, out);
  note_members(root.find_map("steps"), "steps", true, out);
  const Node* const approvals = root.find_list("approvals");
  for (std::size_t i = 0; approvals != nullptr && i < approvals->children.size(); ++i)
    note_members(&approvals->children[i], workflow::path_of("approvals", i), false, out);
  const Node* const expect = root.find_map("expect");
  if (expect == nullptr) return;
  note_members(expect->find_map("steps"), "expect.steps", true, out);
  const Node* const order = expect->find_list("order");
  for (std::size_t i = 0; order != nullptr && i < order->children.size(); ++i)
    out.places.emplace(workflow::path_of("expect.order", i), order->children[i].at);
}

std::optional<Time> time_at(const Node& root, std::string_view name, Problems& problems) {
  const Node* const text = root.find_text(name);
  if (text == nullptr) return std::nullopt;
  const auto out = parse_time(text->text);
  if (!out)
    problems.add(text->at, std::string(name),
                 "found " + describe(*text) + ", expected a time: 2026-11-21T08:00:00Z");
  return out;
}

workflow::ReadTree read_tree(std::string_view bytes) {
  if (bytes.size() > limits::kWorkflowBytes) {
    return std::unexpected(workflow::NoTree{
        {{1, 1, {}, "the file is larger than " + std::to_string(limits::kWorkflowBytes) + " bytes"}}, {}});
  }
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && bytes[first] == '{';
  return is_json ? workflow::read_json_tree(bytes) : workflow::read_yaml(bytes, "a file of stubs");
}

}  // namespace

bool Expected::is_empty() const {
  return !starts && !trigger && !idempotency_key && !state && steps.empty() && order.empty() && !outputs &&
         !error;
}

std::expected<Stubs, std::vector<workflow::Problem>> read_stubs(std::string_view bytes) {
  auto tree = read_tree(bytes);
  if (!tree && !tree.error().rest) return std::unexpected(std::move(tree.error().problems));
  Problems problems;
  if (!tree) problems.add(std::move(tree.error().problems));
  const Node* const root = tree ? &*tree : &*tree.error().rest;
  check_shape(*root, stubs_shape(), workflow::Expressions::refused, "", problems);
  if (!problems.empty()) return std::unexpected(problems.take());
  Stubs out;
  if (const Node* const event = root->find_map("event")) out.event = to_value(*event);
  out.source = text_at(*root, "source", out.source);
  out.event_name = text_at(*root, "eventName");
  out.inputs = object_at(*root, "inputs");
  out.vars = object_at(*root, "vars");
  out.now = time_at(*root, "now", problems);
  out.at = time_at(*root, "at", problems);
  read_answers(*root, out, problems);
  read_signals(*root, out);
  read_approvals(*root, out);
  read_events(*root, out, problems);
  read_expected(*root, out.expected);
  note_places(*root, out);
  if (!problems.empty()) return std::unexpected(problems.take());
  return out;
}

}  // namespace callboard::rehearsal
