#include "dispatcher/ingress/replayed.hpp"

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kReplayOf = "callboard-replay-of";

}  // namespace

std::string mark_replayed(const std::string& headers, const DeliveryId& first) {
  auto value = read_json(headers);
  Object object = value && value->is_object() ? std::move(value->get_object()) : Object();
  object[boost::json::string_view(kReplayOf.data(), kReplayOf.size())] =
      boost::json::string(to_string(first));
  return write_json(Value(std::move(object)));
}

std::optional<DeliveryId> replayed_delivery(const log::Delivery& delivery) {
  if (!delivery.headers.contains(kReplayOf)) return std::nullopt;
  const auto headers = read_json(delivery.headers);
  return headers ? parse_id<DeliveryId>(find_text(&*headers, kReplayOf)) : std::nullopt;
}

std::string write_arrived(const log::Arrived& arrived) {
  std::string body = R"({"deliveryId":")";
  if (arrived.delivery) body += to_string(*arrived.delivery);
  body += R"(","runs":[)";
  for (const RunId& run : arrived.runs) {
    if (body.back() != '[') body += ',';
    body += '"' + to_string(run) + '"';
  }
  body += arrived.duplicate ? R"(],"duplicate":true})" : R"(],"duplicate":false})";
  return body;
}

}  // namespace callboard::dispatcher
