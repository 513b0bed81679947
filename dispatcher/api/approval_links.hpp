#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/ids.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/link_key.hpp"

namespace callboard::dispatcher {

/// What a link asks for: a yes or no to a step that waits for approval, or (without a step) to the run.
struct ApprovalPlace {
  RunId run;
  std::string step{};  // with the item of a map: "ask[3]"
  std::uint32_t generation = 1;
  std::uint32_t attempt = 1;
  Time expires{};  // in whole seconds

  friend bool operator==(const ApprovalPlace&, const ApprovalPlace&) = default;
};

/// `<run>.<generation>.<attempt>.<expiry>.<step>.<HMAC-SHA256 of all before it, hex>`: characters that need
/// no escape in an address. Pure.
std::string make_link_token(std::string_view key, const ApprovalPlace& place);
/// Nothing where it was not signed with this key. It may have expired.
std::optional<ApprovalPlace> read_link_token(std::string_view key, std::string_view token);

/// Links with which whoever has one may answer for a step. The key is the database's. On the loop.
class ApprovalLinks {
 public:
  /// `public_url`: how the outside reaches this dispatcher, or empty: then links begin with a slash.
  ApprovalLinks(Loop& loop, const Clock& clock, log::LinkKey& keys, std::string public_url);
  ~ApprovalLinks();
  ApprovalLinks(const ApprovalLinks&) = delete;
  ApprovalLinks& operator=(const ApprovalLinks&) = delete;

  /// Reads the key, again and again until it is there.
  void start();

  /// The address; nothing while the key is not known.
  std::optional<std::string> make(const ApprovalPlace& place) const;
  enum class Fault : std::uint8_t { unknown, expired, not_ready };
  std::expected<ApprovalPlace, Fault> read(std::string_view token) const;

 private:
  Loop& loop_;
  const Clock& clock_;
  log::LinkKey& keys_;
  std::string public_url_;
  std::string key_;
  Loop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

/// Where the page is.
inline constexpr std::string_view kApprovalPages = "/approvals/";

}  // namespace callboard::dispatcher
