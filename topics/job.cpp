#include "topics/job.hpp"

#include "shared/base/limits.hpp"
#include "shared/run/keys.hpp"
#include "topics/message_reader.hpp"
#include "topics/message_text.hpp"

namespace callboard::topics {
namespace {

constexpr int kVersion = 1;

std::string_view effect_name(run::Effect effect) {
  switch (effect) {
    case run::Effect::none: return "none";
    case run::Effect::idempotent: return "idempotent";
    case run::Effect::once: return "once";
  }
  return "once";
}

bool read_effect(MessageValue value, run::Effect& out) {
  std::string text;
  if (!read(value, text)) return false;
  for (const run::Effect effect : {run::Effect::none, run::Effect::idempotent, run::Effect::once}) {
    if (text != effect_name(effect)) continue;
    out = effect;
    return true;
  }
  return false;
}

void write_secrets(MessageText& out, const std::vector<expression::SecretSlot>& secrets) {
  out.name("secrets");
  out.open('[');
  for (const auto& slot : secrets) {
    out.open('{');
    out.name("pointer");
    out.text(slot.pointer);
    out.name("parts");
    out.open('[');
    for (const auto& part : slot.parts) {
      out.open('{');
      out.name(part.secret.empty() ? "text" : "secret");
      out.text(part.secret.empty() ? part.text : part.secret);
      out.close('}');
    }
    out.close(']');
    out.close('}');
  }
  out.close(']');
}

void write_step(MessageText& out, const run::SliceStep& step) {
  out.open('{');
  out.name("key");
  out.text(step.key);
  out.name("attempt");
  out.number(step.attempt);
  out.name("executor");
  out.text(step.executor);
  out.name("timeout");
  out.number(step.timeout.count());
  if (step.idle_timeout) {
    out.name("idleTimeout");
    out.number(step.idle_timeout->count());
  }
  out.name("effect");
  out.text(effect_name(step.effect));
  if (step.params) {
    out.name("params");
    out.raw(step.params->json);
    if (!step.params->secrets.empty()) write_secrets(out, step.params->secrets);
  }
  if (!step.source.empty()) {
    out.name("source");
    out.raw(step.source);
  }
  out.close('}');
}

bool read_part(MessageValue value, expression::SecretSlot::Part& part) {
  return read_object(value, [&](std::string_view name, MessageValue member) {
    if (name == "text") return read(member, part.text);
    if (name == "secret") return read(member, part.secret);
    return true;
  });
}

bool read_slot(MessageValue value, expression::SecretSlot& slot) {
  return read_object(value, [&](std::string_view name, MessageValue member) {
    if (name == "pointer") return read(member, slot.pointer);
    if (name != "parts") return true;
    return read_array(member, [&](MessageValue part) { return read_part(part, slot.parts.emplace_back()); });
  });
}

bool read_step(MessageValue value, run::SliceStep& step) {
  std::vector<expression::SecretSlot> secrets;
  const bool read_well = read_object(value, [&](std::string_view name, MessageValue member) {
    if (name == "key") return read(member, step.key);
    if (name == "attempt") return read(member, step.attempt);
    if (name == "executor") return read(member, step.executor);
    if (name == "timeout") return read(member, step.timeout);
    if (name == "idleTimeout") return read(member, step.idle_timeout.emplace());
    if (name == "effect") return read_effect(member, step.effect);
    if (name == "params") return read_raw(member, step.params.emplace().json);
    if (name == "source") return read_raw(member, step.source);
    if (name != "secrets") return true;
    return read_array(member, [&](MessageValue slot) { return read_slot(slot, secrets.emplace_back()); });
  });
  if (!read_well || step.key.empty() || step.executor.empty() || step.attempt == 0) return false;
  if (step.params) {
    if (step.params->json.empty()) step.params->json = "null";
    step.params->secrets = std::move(secrets);
  }
  return step.params.has_value() || !step.source.empty();
}

bool read_steps(MessageValue value, std::vector<run::SliceStep>& steps) {
  return read_array(value, [&](MessageValue step) {
    return steps.size() < limits::kSegmentSteps && read_step(step, steps.emplace_back());
  });
}

std::size_t expected_bytes(const Job& job) {
  std::size_t bytes = 320 + job.workflow.size() + job.slice.contexts.size();
  for (const auto& step : job.slice.steps) {
    bytes += 160 + step.source.size() + (step.params ? step.params->json.size() : 0);
  }
  return bytes;
}

}  // namespace

std::string encode_job(const Job& job) {
  MessageText out(expected_bytes(job));
  out.open('{');
  out.name("v");
  out.number(kVersion);
  out.name("run");
  out.id(job.slice.run.uuid);
  out.name("generation");
  out.number(job.slice.generation);
  out.name("workflow");
  out.text(job.workflow);
  out.name("partition");
  out.number(job.partition);
  out.name("publishedAt");
  out.number(job.published_at.time_since_epoch().count());
  if (job.deadline) {
    out.name("deadline");
    out.number(job.deadline->time_since_epoch().count());
  }
  if (job.again) {
    out.name("again");
    out.boolean(true);
  }
  if (job.untrusted) {
    out.name("untrusted");
    out.boolean(true);
  }
  if (!job.trace.empty()) {
    out.name("trace");
    out.text(job.trace);
  }
  out.name("steps");
  out.open('[');
  for (const auto& step : job.slice.steps) write_step(out, step);
  out.close(']');
  if (!job.slice.contexts.empty()) {
    out.name("contexts");
    out.raw(job.slice.contexts);
  }
  out.close('}');
  return out.take();
}

Result<Job> decode_job(std::string_view bytes) {
  Job job;
  bool has_run = false;
  const bool read_well = read_message(bytes, kVersion, [&](std::string_view name, MessageValue value) {
    if (name == "run") return has_run = read(value, job.slice.run);
    if (name == "generation") return read(value, job.slice.generation);
    if (name == "workflow") return read(value, job.workflow);
    if (name == "partition") return read(value, job.partition);
    if (name == "publishedAt") return read(value, job.published_at);
    if (name == "deadline") return read(value, job.deadline.emplace());
    if (name == "again") return read(value, job.again);
    if (name == "untrusted") return read(value, job.untrusted);
    if (name == "trace") return read(value, job.trace);
    if (name == "steps") return read_steps(value, job.slice.steps);
    if (name == "contexts") return read_raw(value, job.slice.contexts);
    return true;
  });
  if (!read_well || !has_run || job.slice.steps.empty())
    return fail(ErrorCode::invalid, "these bytes are no job of version 1");
  return job;
}

std::string job_id(const Job& job) {
  std::string id = to_string(job.slice.run);
  if (job.slice.steps.empty()) return id;
  const run::SliceStep& first = job.slice.steps.front();
  return id.append("/").append(run::result_key(first.key, first.attempt, job.slice.generation));
}

std::optional<NamedAttempt> parse_job_id(std::string_view id) {
  const std::size_t slash = id.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto run = parse_id<RunId>(id.substr(0, slash));
  const auto key = run::parse_key(id.substr(slash + 1));
  if (!run || !key || key->kind != run::KeyKind::result) return std::nullopt;
  return NamedAttempt{*run, std::string(id.substr(slash + 1))};
}

}  // namespace callboard::topics
