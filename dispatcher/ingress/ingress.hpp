#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/ingress/receive.hpp"
#include "dispatcher/triggers/workflow_set.hpp"
#include "shared/http/server/exchange.hpp"

namespace callboard::dispatcher {

/// Webhooks into the log: verified, matched and stored durably, with the runs that they start, before the
/// 202.
class Ingress {
 public:
  struct Ports {
    Clock& clock;
    Random& random;
    Engine& engine;
    log::Intake& intake;
    const WorkflowSet& workflows;
  };
  struct Options {
    std::vector<Sender> senders;
    std::string vars = "{}";  // compact JSON: the `vars` context of new runs
    /// Told of each answer, for the metrics.
    std::function<void(std::string_view source, int status)> on_answer;
  };

  Ingress(Ports ports, Options options);

  /// Whose webhooks it takes: "github", "linear".
  std::vector<std::string_view> sources() const;

  /// Requests below /webhooks/.
  void handle(http::Request request, http::Responder responder);

  /// Matches a delivery that was stored before, and runs it again as a new delivery.
  using Accepted = std::move_only_function<void(Result<log::Arrived>)>;
  void accept_again(const log::Delivery& delivery, std::string idempotency_key, Accepted done);

 private:
  struct Handling;

  void take(const Sender& sender, http::Request request, http::Responder responder);
  void expect_runs(const Result<log::Arrived>& arrived, const Handling& handling);
  void accept(std::shared_ptr<Handling> handling, log::Arrival arrival, Accepted done);
  std::shared_ptr<Handling> make_handling(log::Delivery& delivery, std::shared_ptr<const Value> payload);

  Ports ports_;
  Options options_;
};

}  // namespace callboard::dispatcher
