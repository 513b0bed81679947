#include "dispatcher/triggers/current_callees.hpp"

#include <algorithm>
#include <utility>

#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"

namespace callboard::dispatcher {
namespace {

Result<Callees::Callee> call(const CurrentWorkflow& workflow, const std::string& inputs) {
  auto resolved = workflow::resolve_inputs(workflow.inputs, std::string_view(inputs));
  if (!resolved)
    return fail(ErrorCode::invalid, "workflow " + workflow.graph->slug + ": " + resolved.error().message);
  return Callees::Callee{workflow.graph, std::move(*resolved)};
}

Result<Callees::Callee> compile_and_call(const log::Definition& definition, const std::string& inputs,
                                         bool segments) {
  const auto compiled = compile_workflow(definition.body, definition.format, segments);
  if (compiled) return call(*compiled, inputs);
  return fail(ErrorCode::invalid, "workflow " + definition.slug + " can't be read any more: " +
                                      workflow::to_string(compiled.error(), definition.slug));
}

}  // namespace

void CurrentCallees::find(Wanted wanted, log::Done<Callee> done) {
  std::string slug = workflow::slug_of(wanted.workflow);
  if (const auto known = registry_.workflows().find(slug)) {
    loop_.post([done = std::move(done), callee = call(*known, wanted.inputs)]() mutable {
      done(std::move(callee));
    });
    return;
  }
  if (!wanted.definition.empty()) return load(std::move(wanted), std::move(done));
  look_up(std::move(wanted), std::move(slug), std::move(done));
}

void CurrentCallees::load(Wanted wanted, log::Done<Callee> done) {
  std::string hash = wanted.definition;
  catalog_.load(std::move(hash), [segments = segments_, wanted = std::move(wanted),
                                  done = std::move(done)](Result<log::Definition> found) mutable {
    if (!found) return done(std::unexpected(found.error()));
    done(compile_and_call(*found, wanted.inputs, segments));
  });
}

void CurrentCallees::look_up(Wanted wanted, std::string slug, log::Done<Callee> done) {
  catalog_.current([segments = segments_, wanted = std::move(wanted), slug = std::move(slug),
                    done = std::move(done)](Result<std::vector<log::Definition>> current) mutable {
    if (!current) return done(std::unexpected(current.error()));
    const auto found = std::ranges::find(*current, slug, &log::Definition::slug);
    if (found != current->end()) return done(compile_and_call(*found, wanted.inputs, segments));
    std::vector<std::string_view> known;
    for (const log::Definition& definition : *current) known.push_back(definition.slug);
    done(fail(ErrorCode::not_found,
              "there is no workflow \"" + wanted.workflow + "\"" + workflow::suggestion(slug, known)));
  });
}

}  // namespace callboard::dispatcher
