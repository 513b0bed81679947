#include "shared/workflow/steps.hpp"

#include <algorithm>
#include <array>

#include "shared/base/limits.hpp"
#include "shared/base/pool.hpp"
#include "shared/base/time.hpp"
#include "shared/workflow/event_rules.hpp"
#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/field_values.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/flow.hpp"
#include "shared/workflow/groups.hpp"
#include "shared/workflow/item_list.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

/// Of a step that says `retry` and no more.
run::RetryPolicy usual_retry() {
  return {.max_attempts = kRetryAttempts, .classes = run::default_retry_classes()};
}

/// `policy` with what the map says otherwise.
run::RetryPolicy retry_of(const Node& retry, run::RetryPolicy policy) {
  policy.max_attempts = static_cast<std::uint32_t>(
      std::clamp(find_number(retry, "maxAttempts", policy.max_attempts), 1.0, double{limits::kMaxAttempts}));
  policy.base_delay = find_duration(&retry, "baseDelay").value_or(policy.base_delay);
  policy.max_delay = find_duration(&retry, "maxDelay").value_or(policy.max_delay);
  policy.multiplier = find_number(retry, "multiplier", policy.multiplier);
  policy.jitter = find_number(retry, "jitter", policy.jitter);
  const auto classes = find_texts(retry, "on");
  if (classes.empty()) return policy;
  policy.classes = 0;
  for (const Node* name : classes) {
    if (const auto error_class = run::parse_error_class(name->text))
      policy.classes |= static_cast<std::uint16_t>(1u << static_cast<unsigned>(*error_class));
  }
  return policy;
}

class StepMaker {
 public:
  StepMaker(const Node& root, const std::vector<StepScope>& scopes, const StepNames& names,
            ExpressionReader& expressions, Problems& problems)
      : scopes_(scopes), names_(names), expressions_(expressions), problems_(problems) {
    const Node* const defaults = root.find_map("defaults");
    default_timeout_ = find_duration(defaults, "timeout");
    if (const Node* retry = defaults == nullptr ? nullptr : defaults->find_map("retry"))
      default_retry_ = retry_of(*retry, usual_retry());
  }

  /// `undone`: of an undo the step that it takes back, else null.
  run::Step make(const ListedStep& listed, run::StepIndex place, const run::Step* undone) {
    const Node& node = *listed.node;
    node_ = &node;
    path_ = listed.path;
    run::Step out;
    out.key = names_.keys[place];
    place_ = place;
    scope_ = listed.scope;
    check_use(node, path_, problems_);
    if (listed.kind == ListedStep::Kind::finally) refuse_undo();
    if (listed.part == run::GroupPart::begin) {
      make_begin(listed, out);
      return out;
    }
    if (listed.part == run::GroupPart::end) {
      make_end(listed, out);
      return out;
    }
    read_items(out);
    if (undone != nullptr) take_items(*undone, out);
    read_executor(out);
    read_condition(out);
    read_turns(out);
    if (listed.kind != ListedStep::Kind::undo) read_until(out);
    read_order(out, listed.behind);
    read_times(out);
    read_on_lost(out);
    read_runs_on(out);
    out.continue_on_error = find_bool(node, "continueOnError");
    out.priority = static_cast<std::int32_t>(std::clamp(find_number(node, "priority", 0), -1000.0, 1000.0));
    return out;
  }

 private:
  Path at(std::string_view field) const { return path_.under(field); }

  /// What a group is given, and whether and when it begins. Its place in the order is that of the step that
  /// uses it, which is its end.
  void make_begin(const ListedStep& listed, run::Step& out) {
    const StepScope& scope = scopes_[listed.opens];
    out.executor = "group.with";
    out.held = true;
    out.group_part = run::GroupPart::begin;
    place_ = scope.end;
    Given given = read_given(scope, problems_);
    auto made = expressions_.all(given.values, at("with"), scope_of("with"));
    if (made) out.params = *std::move(made);
    out.types = std::move(given.types);
    read_condition(out);
    read_order(out, listed.behind);
  }

  void make_end(const ListedStep& listed, run::Step& out) {
    const StepScope& scope = scopes_[listed.opens];
    out.executor = "group";
    out.held = true;
    out.group_part = run::GroupPart::end;
    out.continue_on_error = find_bool(*node_, "continueOnError");
    const Node* outputs = scope.node == nullptr ? nullptr : scope.node->find_map("outputs");
    if (outputs == nullptr) return;
    const std::string path = path_of(path_of("groups", scope.group), "outputs");
    auto made = expressions_.all(*outputs, path, {.place = "outputs", .names = listed.opens});
    if (made) out.params = *std::move(made);
    out.depends_on = expressions_.take_steps();
  }

  void refuse_undo() {
    const Node* undo = node_->find("undo");
    if (undo == nullptr) return;
    const std::string of = scope_ == 0 ? "" : " (" + scopes_[scope_].use_path + " uses this group)";
    problems_.add(undo->key_at, at("undo"),
                  "undo does not go with steps of finally" + of + ": what is undone is undone before them");
  }

  Scope scope_of(std::string place) const {
    return {.place = std::move(place), .self = place_, .names = scope_};
  }

  /// What `type` or `provider` names; null where a problem was added.
  const Description* find_description(const ShortName** short_name) {
    const Node* type = node_->find("type");
    const Node* provider = node_->find_text("provider");
    const Node* named = type != nullptr ? type : provider;
    if (named == nullptr) {
      if (node_->find("agent") == nullptr)
        problems_.add(node_->at, at("type"), "found nothing, expected an executor (or uses: and a group)");
      return nullptr;
    }
    if (!named->is_text()) return nullptr;
    const Description* out = find_executor(named->text, short_name);
    if (out == nullptr)
      problems_.add(named->at, at(type != nullptr ? "type" : "provider"), unknown_executor(named->text));
    else if (type == nullptr && *short_name == nullptr)
      problems_.add(named->at, at("provider"),
                    "found " + describe(*named) + ", expected the name of a provider");
    return out;
  }

  void read_executor(run::Step& out) {
    const ShortName* short_name = nullptr;
    const Description* description = find_description(&short_name);
    if (description == nullptr) return;
    out.executor = description->name;
    out.held = description->held;
    if (description == &kContinueAs && out.is_map()) refuse_as_map();
    out.effect = description->effect;
    out.timeout = description->timeout.value_or(limits::kStepTimeout);
    const Node& params = effective_params(*description, short_name);
    check_params(*description, params);
    read_params(*description, params, out);
    if (description->effect_of != nullptr) out.effect = description->effect_of(params);
    read_effect(out);
    read_silence(*description, out);
    if (out.held) refuse_of_workers(*description);
  }

  void refuse_as_map() {
    if (const Node* items = node_->find("forEach")) {
      problems_.add(items->key_at, at("forEach"),
                    "found forEach beside type continueAs: a run goes on as one run");
    } else {
      problems_.add(node_->find("type")->at, at("type"),
                    "found continueAs as the undo of a step with forEach: a run goes on as one run");
    }
  }

  /// What goes with a job or with attempts: a held step has neither, but for a child's attempts.
  void refuse_of_workers(const Description& description) {
    const std::string beside = " beside type " + std::string(description.name);
    for (const std::string_view field : {"effect", "runsOn", "priority", "queueTimeout"}) {
      if (const Node* found = node_->find(field))
        problems_.add(found->key_at, at(field),
                      "found " + std::string(field) + beside + ", which no worker executes: leave it out");
    }
    const Node* retry = node_->find("retry");
    if (retry != nullptr && &description != &kWorkflow && retry->find("until") == nullptr) {
      problems_.add(retry->key_at, at("retry"),
                    "found retry" + beside + ", which has one end and no attempts: leave it out" +
                        (description.awaits_events ? ", and ask for onTimeout: continue" : ""));
    }
    const bool takes_its_time = &description == &kSleep || &description == &kContinueAs;
    if (const Node* timeout = node_->find("timeout"); timeout != nullptr && takes_its_time) {
      problems_.add(timeout->key_at, at("timeout"),
                    "found timeout" + beside +
                        (&description == &kSleep ? ", which lasts as long as its params say"
                                                 : ", which takes no time") +
                        ": leave it out");
    }
  }

  void read_silence(const Description& description, run::Step& out) {
    out.idle_timeout = find_duration(node_, "idleTimeout");
    if (!out.idle_timeout || description.shows_life) return;
    problems_.add(node_->find("idleTimeout")->key_at, at("idleTimeout"),
                  "found idleTimeout beside type " + out.executor +
                      ", which shows no sign of life while it runs; shell and http do" +
                      (&description == &kSleep ? "" : ": use timeout"));
  }

  /// The params as written; a copy where a short name or the step's own `provider` and `model` settle some of
  /// them.
  const Node& effective_params(const Description& description, const ShortName* short_name) {
    const Node* written = node_->find_map("params");
    const bool is_settled =
        short_name != nullptr || node_->find("provider") != nullptr || node_->find("model") != nullptr;
    if (written != nullptr && !is_settled) return *written;
    params_ = written != nullptr ? *written : empty_map();
    if (short_name != nullptr) settle(params_, short_name->parameter, short_name->value, *node_);
    for (const std::string_view field : {"provider", "model"}) {
      const Node* value = node_->find_text(field);
      if (value != nullptr) settle_field(description, field, *value);
    }
    return params_;
  }

  void settle_field(const Description& description, std::string_view field, const Node& value) {
    if (std::ranges::count(description.parameters, field, &Field::name) > 0) {
      return settle(params_, field, canonical(value.text), value);
    }
    problems_.add(value.key_at, at(field),
                  "'" + std::string(field) + "' does not belong to type " + std::string(description.name));
  }

  Node empty_map() const {
    Node out;
    out.kind = Node::Kind::map;
    out.at = node_->at;
    return out;
  }

  /// `claude` is a name of `anthropic`.
  static std::string_view canonical(std::string_view value) {
    const ShortName* short_name = nullptr;
    find_executor(value, &short_name);
    return short_name != nullptr ? short_name->value : value;
  }

  void settle(Node& params, std::string_view name, std::string_view value, const Node& place) {
    if (const Node* given = params.find(name)) {
      if (canonical(given->text) != value) {
        problems_.add(
            given->at, at("params." + std::string(name)),
            "found " + describe(*given) + ", but the step says \"" + std::string(value) + "\" already");
      }
      return;
    }
    Node added;
    added.kind = Node::Kind::text;
    added.text = value;
    added.key = name;
    added.at = added.end = added.key_at = place.at;
    params.add(std::move(added));
  }

  void check_params(const Description& description, const Node& params) {
    const Path path = at("params");
    if (!description.takes_anything) {
      const Shape shape = {.kind = Shape::Kind::object, .fields = description.parameters};
      check_shape(params, shape, Expressions::allowed, path, problems_);
    }
    for (const OneOf& group : description.one_of) check_one_of(group, params, path);
    if (description.check != nullptr) description.check(params, path, problems_);
  }

  void check_one_of(const OneOf& group, const Node& params, const Path& path) {
    const auto is_given = [&](std::string_view name) { return params.find(name) != nullptr; };
    const auto count = std::ranges::count_if(group.names, is_given);
    if (count == 1 || (count == 0 && !group.is_required)) return;
    std::string all;
    std::string found;
    for (const std::string_view name : group.names) {
      all += (all.empty() ? "" : ", ") + std::string(name);
      if (is_given(name)) found += (found.empty() ? "" : " and ") + std::string(name);
    }
    problems_.add(
        params.at, path,
        count == 0 ? "found nothing, expected one of " + all : "found " + found + ", expected one of them");
  }

  void read_params(const Description& description, const Node& params, run::Step& out) {
    const Scope scope = {.place = description.held ? "params of " + std::string(description.name) : "params",
                         .secrets = !description.held,
                         .item = out.is_map(),
                         .self = place_,
                         .names = scope_};
    const Node* script = description.script.empty() ? nullptr : params.find_text(description.script);
    Node without_events;
    if (description.awaits_events) {
      without_events = params;
      out.awaits = take_awaited_events(without_events, at("params"), scope, expressions_, problems_);
    }
    auto made =
        expressions_.all(description.awaits_events ? without_events : params, at("params"), scope, script);
    if (made) out.params = *std::move(made);
  }

  void read_effect(run::Step& out) {
    const Node* effect = node_->find_text("effect");
    if (effect == nullptr) return;
    if (effect->text == "none") out.effect = run::Effect::none;
    if (effect->text == "idempotent") out.effect = run::Effect::idempotent;
    if (effect->text == "once") out.effect = run::Effect::once;
  }

  void read_on_lost(run::Step& out) {
    const Node* on_lost = node_->find_text("onLost");
    if (on_lost == nullptr) return;
    if (out.effect != run::Effect::once) {
      return problems_.add(on_lost->key_at, at("onLost"),
                           "onLost is for steps with effect once: others are executed again");
    }
    if (on_lost->text == "fail") out.on_lost = run::OnLost::fail;
    if (on_lost->text != "retry") return;
    out.on_lost = run::OnLost::retry;
    if (out.retry.max_attempts < 2 || !out.retry.covers(run::ErrorClass::lost)) {
      problems_.add(on_lost->at, at("onLost"),
                    "found retry, but no retry of the step covers class lost: add retry: {maxAttempts: 2}");
    }
  }

  void read_condition(run::Step& out) {
    const Node* condition = node_->find("if");
    const bool can_be =
        condition != nullptr && (condition->is_text() || condition->kind == Node::Kind::boolean);
    if (!can_be) return;
    auto read = expressions_.condition(
        *condition, at("if"),
        {.place = "a step's if", .status = true, .item = out.is_map(), .self = place_, .names = scope_});
    const bool is_of_item = read && read->reads().item;
    (is_of_item ? out.item_condition : out.condition) = std::move(read);
  }

  void read_turns(run::Step& out) {
    const Scope scope = {.place = "throttle.key", .item = out.is_map(), .self = place_, .names = scope_};
    out.throttle = read_throttle(*node_, at("throttle"), scope, expressions_, problems_);
    if (out.throttle && out.held) {
      problems_.add(node_->find("throttle")->key_at, at("throttle"),
                    "throttle goes with steps that workers execute, and no worker has a " + out.executor);
    }
  }

  void read_until(run::Step& out) {
    const Node* retry = node_->find_map("retry");
    const Node* until = retry == nullptr ? nullptr : retry->find("until");
    const bool can_be = until != nullptr && (until->is_text() || until->kind == Node::Kind::boolean);
    if (!can_be) return;
    const std::string path = path_of(at("retry"), "until");
    if (out.held) {
      return problems_.add(
          until->key_at, path,
          "until is for steps that a worker executes: what the dispatcher holds has no attempts");
    }
    out.until = expressions_.condition(
        *until, path, {.place = "until", .item = out.is_map(), .own = true, .self = place_, .names = scope_});
    const bool reads_itself = out.until && std::ranges::count(out.until->reads().steps, out.key) > 0;
    if (out.until && !reads_itself) {
      problems_.add(
          until->at, path,
          "found an expression that does not read the step's own result, expected one such as steps." +
              out.key + ".result.done");
    }
  }

  void read_items(run::Step& out) {
    const Node* items = node_->find("forEach");
    const Node* most = node_->find("maxParallel");
    if (items == nullptr) {
      if (most != nullptr)
        problems_.add(most->key_at, at("maxParallel"), "maxParallel goes with forEach alone");
      return;
    }
    out.max_parallel = static_cast<std::uint32_t>(
        std::clamp(find_number(*node_, "maxParallel", limits::kItems), 1.0, double{limits::kItems}));
    if (items->is_text()) out.for_each = expressions_.condition(*items, at("forEach"), scope_of("forEach"));
    // Where it is wrong it is a map all the same, so that the rest is read as a map's.
    if (!out.for_each) out.for_each = read_written_items(*items, at("forEach"), problems_);
  }

  /// A map is undone item by item.
  static void take_items(const run::Step& undone, run::Step& out) {
    out.for_each = undone.for_each;
    out.max_parallel = undone.max_parallel;
  }

  void read_order(run::Step& out, run::StepIndex behind) {
    const StepNames::Scope& names = names_.scopes[scope_];
    out.depends_on = expressions_.take_steps();
    std::erase(out.depends_on, place_);  // what its `until` reads
    if (behind != run::kNoStep) out.depends_on.push_back(behind);
    for (const Node* key : find_texts(*node_, "dependsOn")) {
      const auto found = names.find(key->text);
      if (!found) {
        const std::vector<std::string_view> known(names.known.begin(), names.known.end());
        problems_.add(key->at, at("dependsOn"),
                      "unknown step '" + key->text + "'" + suggestion(key->text, known));
      } else if (*found == place_) {
        problems_.add(key->at, at("dependsOn"), "the step depends on itself");
      } else if (*found >= names_.mains && place_ < names_.mains) {
        problems_.add(key->at, at("dependsOn"),
                      "'" + key->text + "' runs when all steps have ended: nothing of steps can wait for it");
      } else {
        out.depends_on.push_back(*found);
      }
    }
    std::ranges::sort(out.depends_on);
    const auto doubles = std::ranges::unique(out.depends_on);
    out.depends_on.erase(doubles.begin(), doubles.end());
    expressions_.settle_filters(!out.depends_on.empty() || place_ >= names_.mains);
  }

  void read_times(run::Step& out) {
    if (!out.held) out.timeout = default_timeout_.value_or(out.timeout);
    out.timeout = find_duration(node_, "timeout").value_or(out.timeout);
    out.queue_timeout = find_duration(node_, "queueTimeout");
    if (default_retry_) out.retry = *default_retry_;
    if (const Node* own = node_->find_map("retry"))
      out.retry = retry_of(*own, default_retry_.value_or(usual_retry()));
  }

  void read_runs_on(run::Step& out) {
    const auto found = find_texts(*node_, "runsOn");
    if (found.empty()) return;
    std::vector<std::string_view> labels;
    for (const Node* label : found) {
      labels.push_back(label->text);
      if (is_label(label->text)) continue;
      return problems_.add(label->at, at("runsOn"),
                           "found " + describe(*label) + ", expected letters, digits, _ and -, at most 63");
    }
    auto pool = pool_of(labels);
    if (pool) {
      out.pool = *std::move(pool);
    } else {
      problems_.add(found.back()->at, at("runsOn"),
                    "found more labels than have room in the name of a pool: " +
                        std::to_string(limits::kPoolBytes) + " bytes with a + between them");
    }
  }

  const std::vector<StepScope>& scopes_;
  const StepNames& names_;
  ExpressionReader& expressions_;
  Problems& problems_;
  std::optional<Micros> default_timeout_;
  std::optional<run::RetryPolicy> default_retry_;
  const Node* node_ = nullptr;
  Node params_;  // of the step at hand, where it is not as written
  Path path_ = "";
  run::StepIndex place_ = 0;
  std::size_t scope_ = 0;
};

}  // namespace

std::vector<run::Step> make_steps(const Node& root, const ListedSteps& listed, const StepNames& names,
                                  ExpressionReader& expressions, Problems& problems) {
  std::vector<run::Step> out;
  StepMaker maker(root, listed.scopes, names, expressions, problems);
  out.reserve(listed.steps.size());
  for (run::StepIndex i = 0; i < listed.steps.size(); ++i) {
    const ListedStep& step = listed.steps[i];
    const bool is_undo = step.undoes != run::kNoStep;
    if (is_undo) out[step.undoes].undo = i;
    out.push_back(maker.make(step, i, is_undo ? &out[step.undoes] : nullptr));
  }
  order_groups(listed, out);
  return out;
}

}  // namespace callboard::workflow
