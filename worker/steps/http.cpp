#include "worker/steps/http.hpp"

#include <string>
#include <utility>

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "worker/providers/answer_class.hpp"
#include "worker/steps/http_request.hpp"
#include "worker/steps/requesting.hpp"

namespace callboard::worker {
namespace {

bool is_json(const http::ClientResponse& response) {
  const std::string_view type = response.header("content-type");
  const std::string_view essence = type.substr(0, type.find(';'));
  return essence == "application/json" || essence.ends_with("+json");
}

run::Outcome outcome_of(const http::ClientResponse& response) {
  if (const auto error_class = class_of_status(response.status)) {
    return failed(*error_class, "HTTP " + std::to_string(response.status) + retry_hint(response) + ": " +
                                    printable(response.body, true));
  }
  Object headers;
  for (const auto& header : response.headers) {
    Value& value = headers[header.name];
    value = value.is_string() ? std::string(value.get_string()) + ", " + header.value : header.value;
  }
  Object result;
  result["status"] = response.status;
  result["headers"] = std::move(headers);
  if (is_json(response)) {
    if (auto json = read_json(response.body)) result["json"] = std::move(*json);
  }
  result["body"] = response.body;
  return completed(std::move(result));
}

class Http final : public Executor {
 public:
  explicit Http(http::Client& client) : client_(client) {}
  std::string_view name() const override { return "http"; }

  Begun begin(StepCall call, StepDone done) override {
    auto request = make_http_request(call);
    if (!request) return failed(run::ErrorClass::validation, request.error().message);
    const auto read = [](Result<http::ClientResponse> response) {
      if (!response) return failed(class_of_failure(response.error().code), response.error().message);
      return outcome_of(*response);
    };
    return std::make_unique<Requesting>(client_, std::move(*request), read, std::move(done));
  }

 private:
  http::Client& client_;
};

}  // namespace

std::unique_ptr<Executor> make_http(http::Client& client) { return std::make_unique<Http>(client); }

}  // namespace callboard::worker
