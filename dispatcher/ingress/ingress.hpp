#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dispatcher/ingress/custom.hpp"
#include "dispatcher/ingress/receive.hpp"
#include "dispatcher/triggers/arrivals.hpp"
#include "shared/http/server/exchange.hpp"

namespace callboard::dispatcher {

/// The kind of the origins of what a backfill makes.
inline constexpr std::string_view kBackfillOrigin = "backfill";

/// Webhooks into the log: verified, matched and stored durably, with the runs that they start, before the
/// 202.
class Ingress {
 public:
  struct Ports {
    Clock& clock;
    Random& random;
    const WorkflowSet& workflows;
    Arrivals& arrivals;
  };
  struct Options {
    std::vector<Sender> senders;
    FindSecrets find_secrets;     // of on.webhook
    bool is_on_loopback = false;  // nobody but this machine reaches the dispatcher
    /// Told of each answer, for the metrics.
    std::function<void(std::string_view source, int status)> on_answer;
  };

  Ingress(Ports ports, Options options);

  /// Whose webhooks it takes: "github", "linear", "webhook".
  std::vector<std::string_view> sources() const;

  /// Requests below /webhooks/.
  void handle(http::Request request, http::Responder responder);

  /// Matches a delivery that was stored before, and runs it again as a new delivery.
  void accept_again(const log::Delivery& delivery, std::string idempotency_key, Arrivals::Accepted done);
  /// The same for one workflow alone; twice with the same origin, of kind kBackfillOrigin, is once.
  void accept_for(const log::Delivery& delivery, std::string workflow, std::string origin,
                  Arrivals::Accepted done);

 private:
  Result<Arrivals::Event> make_again(const log::Delivery& delivery) const;
  void take(const Sender& sender, http::Request request, http::Responder responder);
  void take_custom(http::Request request, http::Responder responder);
  void answer(std::string_view source, Arrivals::Event event, http::Responder responder);

  Ports ports_;
  Options options_;
};

}  // namespace callboard::dispatcher
