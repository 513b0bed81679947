#include "dispatcher/api/approval_links.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "shared/run/keys.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kPurpose =
    "callboard approval link 1\n";  // no other use of the key signs the same
constexpr std::size_t kTokenBytes = 512;
constexpr std::size_t kDigits = 64;
constexpr Micros kAgain = std::chrono::seconds(2);

std::string sign(std::string_view key, std::string_view text) {
  return to_hex(hmac_sha256(key, std::string(kPurpose) + std::string(text)));
}

/// The brackets of an item don't go into an address: ask[3] is ask~3.
std::string address_of(std::string step) {
  std::erase(step, ']');
  std::ranges::replace(step, '[', '~');
  return step;
}

std::string step_of(std::string address) {
  const std::size_t item = address.find('~');
  if (item == std::string::npos) return address;
  address[item] = '[';
  return address + "]";
}

std::string_view take_part(std::string_view& text) {
  const std::size_t point = text.find('.');
  const std::string_view part = text.substr(0, point);
  text.remove_prefix(point == std::string_view::npos ? text.size() : point + 1);
  return part;
}

template <typename Number>
bool take_number(std::string_view& text, Number& out) {
  const std::string_view part = take_part(text);
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
  return error == std::errc() && end == part.data() + part.size();
}

}  // namespace

std::string make_link_token(std::string_view key, const ApprovalPlace& place) {
  const auto expires = std::chrono::floor<std::chrono::seconds>(place.expires).time_since_epoch().count();
  const std::string text = to_string(place.run) + "." + std::to_string(place.generation) + "." +
                           std::to_string(place.attempt) + "." + std::to_string(expires) + "." +
                           address_of(place.step);
  return text + "." + sign(key, text);
}

std::optional<ApprovalPlace> read_link_token(std::string_view key, std::string_view token) {
  const std::size_t point = token.rfind('.');
  if (key.empty() || token.size() > kTokenBytes || point == std::string_view::npos ||
      token.size() - point - 1 != kDigits)
    return std::nullopt;
  std::string_view text = token.substr(0, point);
  if (!equal_in_constant_time(token.substr(point + 1), sign(key, text))) return std::nullopt;
  const auto run = parse_id<RunId>(take_part(text));
  ApprovalPlace out;
  std::int64_t expires = 0;
  if (!run || !take_number(text, out.generation) || !take_number(text, out.attempt) ||
      !take_number(text, expires))
    return std::nullopt;
  out.run = *run;
  out.step = step_of(std::string(text));
  out.expires = Time(std::chrono::seconds(expires));
  return out;
}

ApprovalLinks::ApprovalLinks(Loop& loop, const Clock& clock, log::LinkKey& keys, std::string public_url)
    : loop_(loop), clock_(clock), keys_(keys), public_url_(std::move(public_url)) {
  while (public_url_.ends_with('/')) public_url_.pop_back();
}
ApprovalLinks::~ApprovalLinks() { loop_.cancel(timer_); }

void ApprovalLinks::start() {
  keys_.read([this, alive = std::weak_ptr(alive_)](Result<std::string> key) {
    if (alive.expired()) return;
    if (key)
      key_ = std::move(*key);
    else
      timer_ = loop_.after(kAgain, [this] { start(); });
  });
}

std::optional<std::string> ApprovalLinks::make(const ApprovalPlace& place) const {
  if (key_.empty()) return std::nullopt;
  return public_url_ + std::string(kApprovalPages) + make_link_token(key_, place);
}

std::expected<ApprovalPlace, ApprovalLinks::Fault> ApprovalLinks::read(std::string_view token) const {
  if (key_.empty()) return std::unexpected(Fault::not_ready);
  auto place = read_link_token(key_, token);
  if (!place) return std::unexpected(Fault::unknown);
  if (place->expires <= clock_.now()) return std::unexpected(Fault::expired);
  return *std::move(place);
}

}  // namespace callboard::dispatcher
