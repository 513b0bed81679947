#include "worker/steps/registry.hpp"

#include <utility>

#include "worker/steps/echo.hpp"
#include "worker/steps/fail.hpp"
#include "worker/steps/http.hpp"
#include "worker/steps/noop.hpp"
#include "worker/steps/provider.hpp"
#include "worker/steps/set.hpp"
#include "worker/steps/shell.hpp"

namespace callboard::worker {

Executors make_executors(StepServices services) {
  Executors executors;
  executors.add(make_noop(services.loop));
  executors.add(make_echo());
  executors.add(make_set());
  executors.add(make_fail());
  executors.add(make_http(services.http));
  executors.add(make_shell({services.loop, services.processes, services.files, services.process_limits}));
  executors.add(make_provider(services.http, std::move(services.providers)));
  return executors;
}

}  // namespace callboard::worker
