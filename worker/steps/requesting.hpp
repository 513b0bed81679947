#pragma once

#include <functional>
#include <utility>

#include "shared/http/client/client.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// An execution that is one request: stopping it closes the connection.
class Requesting final : public Execution {
 public:
  using Read = std::move_only_function<run::Outcome(Result<http::ClientResponse>)>;

  /// `read` makes the outcome of the answer.
  Requesting(http::Client& client, http::ClientRequest request, Read read, StepDone done) : client_(client) {
    id_ = client_.send(std::move(request), [read = std::move(read), done = std::move(done)](
                                               Result<http::ClientResponse> response) mutable {
      done(read(std::move(response)));
    });
  }
  ~Requesting() override { client_.cancel(id_); }

  void stop(Stop) override { client_.cancel(id_); }

 private:
  http::Client& client_;
  http::Client::Id id_ = 0;
};

}  // namespace callboard::worker
