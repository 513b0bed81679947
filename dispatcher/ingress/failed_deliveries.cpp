#include "dispatcher/ingress/failed_deliveries.hpp"

#include <algorithm>
#include <cctype>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::dispatcher {
namespace {

/// Taken, or refused for what it is.
bool is_final(int status) {
  return (status >= 200 && status < 300) || status == 400 || status == 413 || status == 415 || status == 422;
}

/// Headers of the request by name, without case.
std::string_view find_header(const Value* headers, std::string_view name) {
  if (headers == nullptr || !headers->is_object()) return {};
  for (const auto& header : headers->get_object()) {
    const bool is_it = std::ranges::equal(header.key(), name, [](unsigned char a, unsigned char b) {
      return std::tolower(a) == std::tolower(b);
    });
    if (is_it && header.value().is_string()) return header.value().get_string();
  }
  return {};
}

}  // namespace

Result<std::vector<DeliveryAttempt>> read_attempts(std::string_view json) {
  const auto page = read_json(json);
  if (!page) return std::unexpected(page.error());
  if (!page->is_array()) return fail(ErrorCode::invalid, "the list of deliveries is no list");
  std::vector<DeliveryAttempt> out;
  for (const Value& item : page->get_array()) {
    DeliveryAttempt attempt{
        .id = find_int(&item, "id"),
        .guid = std::string(find_text(&item, "guid")),
        .at = parse_time(find_text(&item, "delivered_at")).value_or(Time{}),
        .status = static_cast<int>(std::clamp<std::int64_t>(find_int(&item, "status_code"), 0, 999))};
    if (attempt.id > 0 && !attempt.guid.empty()) out.push_back(std::move(attempt));
  }
  return out;
}

std::string next_page(std::string_view link) {
  while (!link.empty()) {
    const std::string_view part = link.substr(0, link.find(','));
    link = part.size() == link.size() ? std::string_view() : link.substr(part.size() + 1);
    const std::size_t begin = part.find('<');
    const std::size_t end = part.find('>');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) continue;
    if (part.substr(end).contains("rel=\"next\""))
      return std::string(part.substr(begin + 1, end - begin - 1));
  }
  return {};
}

void FailedDeliveries::add(const DeliveryAttempt& attempt) {
  const auto [known, is_new] = by_guid_.try_emplace(attempt.guid, Known{attempt, false});
  if (attempt.at > known->second.newest.at) known->second.newest = attempt;
  known->second.is_settled = known->second.is_settled || is_final(attempt.status);
}

std::vector<DeliveryAttempt> FailedDeliveries::take() {
  std::vector<DeliveryAttempt> out;
  for (auto& [guid, known] : by_guid_) {
    if (!known.is_settled) out.push_back(std::move(known.newest));
  }
  by_guid_.clear();
  std::ranges::sort(out, {}, &DeliveryAttempt::at);
  return out;
}

Result<KeptDelivery> read_kept_delivery(std::string_view json) {
  auto delivery = read_json(json, 2 * limits::kJsonDepth);
  if (!delivery) return std::unexpected(delivery.error());
  const Value* request = find(&*delivery, "request");
  const Value* headers = find(request, "headers");
  const Value* payload = find(request, "payload");
  if (payload == nullptr || !payload->is_object())
    return fail(ErrorCode::invalid, "the delivery has no payload any more");
  const std::string_view header = find_header(headers, "X-GitHub-Event");
  const std::string name(header.empty() ? find_text(&*delivery, "event") : header);
  if (name.empty()) return fail(ErrorCode::invalid, "the delivery does not name its event");
  Object kept{{"x-github-event", name}, {"x-github-delivery", std::string(find_text(&*delivery, "guid"))}};
  return KeptDelivery{.event = workflow::github_event_name(name, *payload),
                      .headers = write_json(Value(std::move(kept))),
                      .payload = *payload};
}

}  // namespace callboard::dispatcher
