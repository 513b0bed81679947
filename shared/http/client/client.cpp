#include "shared/http/client/client.hpp"

#include <curl/curl.h>

#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/http/client/transfer.hpp"

namespace callboard::http {
namespace {

constexpr long kKeptConnections = 16;
constexpr long kConnections = 256;
constexpr int kPollMs = 60'000;  // anything new wakes it earlier

}  // namespace

/// The thread and its multi handle. What callers hand in waits under the mutex; transfers belong to the
/// thread.
class Client::Engine {
 public:
  Engine(Loop& loop, Reach reach) : loop_(loop), reach_(std::move(reach)), multi_(curl_multi_init()) {
    CALLBOARD_CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kConnections);
  }

  ~Engine() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
    curl_multi_cleanup(multi_);
  }

  Id send(ClientRequest request, Done done) {
    const Id id = ++last_;
    {
      const std::scoped_lock lock(mutex_);
      asked_.push_back({id, std::move(request), std::move(done)});
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    curl_multi_wakeup(multi_);
    return id;
  }

  void cancel(Id id) {
    {
      const std::scoped_lock lock(mutex_);
      cancelled_.push_back(id);
    }
    curl_multi_wakeup(multi_);
  }

 private:
  struct Asked {
    Id id = 0;
    ClientRequest request;
    Done done;
  };

  void run() {
    while (take_orders()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      collect();
      curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
    for (auto& [id, transfer] : transfers_) curl_multi_remove_handle(multi_, transfer->handle());
    transfers_.clear();
  }

  bool take_orders() {
    std::vector<Asked> asked;
    std::vector<Id> cancelled;
    {
      const std::scoped_lock lock(mutex_);
      if (ending_) return false;
      asked.swap(asked_);
      cancelled.swap(cancelled_);
    }
    for (Asked& order : asked) {
      const auto place = transfers_.emplace(
          order.id,
          std::make_unique<Transfer>(order.id, std::move(order.request), std::move(order.done), reach_));
      begin(*place.first->second);
    }
    for (const Id id : cancelled) {
      const auto found = transfers_.find(id);
      if (found == transfers_.end()) continue;
      curl_multi_remove_handle(multi_, found->second->handle());
      end(*found->second, fail(ErrorCode::cancelled, "stopped"));
    }
    return true;
  }

  void begin(Transfer& transfer) {
    if (const auto ready = transfer.prepare(); !ready) return end(transfer, std::unexpected(ready.error()));
    curl_multi_add_handle(multi_, transfer.handle());
  }

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      CURL* handle = message->easy_handle;
      void* owner = nullptr;
      curl_easy_getinfo(handle, CURLINFO_PRIVATE, &owner);
      auto& transfer = *static_cast<Transfer*>(owner);
      curl_multi_remove_handle(multi_, handle);
      if (transfer.finish(code)) {
        begin(transfer);
        curl_multi_wakeup(multi_);
      } else {
        end(transfer, transfer.take_result());
      }
    }
  }

  void end(Transfer& transfer, Result<ClientResponse> result) {
    loop_.post(
        [done = transfer.take_done(), result = std::move(result), alive = std::weak_ptr(alive_)]() mutable {
          if (!alive.expired()) done(std::move(result));
        });
    transfers_.erase(transfer.id());
  }

  Loop& loop_;
  const Reach reach_;
  CURLM* multi_;
  Id last_ = 0;
  std::shared_ptr<char> alive_ =
      std::make_shared<char>();  // callbacks on their way look whether the client is gone
  std::map<Id, std::unique_ptr<Transfer>> transfers_;
  std::mutex mutex_;
  std::vector<Asked> asked_;
  std::vector<Id> cancelled_;
  bool ending_ = false;
  std::thread thread_;
};

std::string_view ClientResponse::header(std::string_view lower_case_name) const {
  for (const Header& header : headers) {
    if (header.name == lower_case_name) return header.value;
  }
  return {};
}

Client::Client(Loop& loop, Reach reach) : engine_(std::make_unique<Engine>(loop, std::move(reach))) {}
Client::~Client() = default;

Client::Id Client::send(ClientRequest request, Done done) {
  return engine_->send(std::move(request), std::move(done));
}
void Client::cancel(Id id) { engine_->cancel(id); }

}  // namespace callboard::http
