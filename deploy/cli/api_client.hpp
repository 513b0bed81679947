#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/value/value.hpp"

namespace callboard::cli {

struct Answer {
  int status = 0;
  std::string body;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Asks the dispatcher, over libcurl, one request at a time, on one connection that is kept. Never follows
/// redirects, and never goes through a proxy to a loopback address. `unavailable` if nobody answers,
/// `too_large` for an answer beyond 64 MiB.
class ApiClient {
 public:
  explicit ApiClient(std::string base_url);
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  Result<Answer> get(const std::string& path);
  Result<Answer> post(const std::string& path, std::string_view body, const Headers& headers = {});

  Result<Answer> remove(const std::string& path);

  /// Reads a stream of server-sent events until it ends. `on_event` gets the data of each; `on_tick` is
  /// called about every 100 ms, and ends the reading by answering false.
  using OnEvent = std::function<void(std::string_view data)>;
  Result<Answer> follow(const std::string& path, const std::string& last_event_id, const OnEvent& on_event,
                        const std::function<bool()>& on_tick);
  /// The id of the last event that follow() saw, to go on behind it.
  const std::string& last_event_id() const { return last_event_id_; }
  const std::string& base_url() const { return base_url_; }

 private:
  struct Transfer;
  void prepare(const std::string& path, Transfer& transfer);
  Result<Answer> perform(Transfer& transfer);

  std::string base_url_;
  std::string last_event_id_;
  void* curl_;
};

/// Cuts a stream of server-sent events (WHATWG HTML, 9.2.6) into events. A line beyond 5 MiB is dropped.
class EventStreamReader {
 public:
  /// Called for each whole event with its `id:` (empty: none) and its data.
  using OnEvent = std::function<void(const std::string& id, const std::string& data)>;
  explicit EventStreamReader(OnEvent on_event) : on_event_(std::move(on_event)) {}
  void feed(std::string_view bytes);

 private:
  void take_line(std::string_view line);

  OnEvent on_event_;
  std::string rest_;
  std::string id_;
  std::string data_;
  bool has_data_ = false;
};

/// For one segment of a path, or a query's value.
std::string percent_encoded(std::string_view text);

}  // namespace callboard::cli
