#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dispatcher/ingress/failed_deliveries.hpp"
#include "dispatcher/triggers/arrivals.hpp"
#include "dispatcher/triggers/registry.hpp"
#include "shared/base/ports.hpp"

namespace callboard::dispatcher {

/// What GitHub answered to a GET.
struct GithubAnswer {
  int status = 0;
  std::string link;  // the header
  std::string body;
};
/// Asks GitHub; `url` is whole. How it is authorised is for whoever made this.
using AskGithub = std::function<void(std::string url, log::Done<GithubAnswer> done)>;

/// What GitHub sent while nobody took it in: it does not try again by itself. At start and every few minutes
/// the attempts of each hook are listed, back to the last look (kept by GitHub for about three days); what no
/// attempt of was taken is fetched and taken in like any delivery. The origin is the delivery's GUID, so that
/// one which was stored though its answer got lost starts nothing again. One dispatcher does it: the owner of
/// the first partition. On the loop.
class CatchUp {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    Random& random;
    Engine& engine;
    const Registry& registry;
    Arrivals& arrivals;
    AskGithub ask;
  };
  struct Options {
    std::string api_url;             // https://api.github.com
    std::vector<std::string> hooks;  // repos/acme/widgets/hooks/5, orgs/acme/hooks/7, app/hook
    /// Told of each look that took something in, and of each that failed.
    std::function<void(const std::string& hook, std::size_t deliveries)> on_caught_up;
    std::function<void(const std::string& hook, const std::string& problem)> complain;
  };

  CatchUp(Ports ports, Options options);
  ~CatchUp();
  CatchUp(const CatchUp&) = delete;
  CatchUp& operator=(const CatchUp&) = delete;

  void start();
  void stop();

 private:
  struct Round;
  using RoundPtr = std::shared_ptr<Round>;  // shared with the callbacks of its requests

  void look_in(Micros delay);
  void look();
  void next_hook(RoundPtr round);
  void ask(const RoundPtr& round, const std::string& url, void (CatchUp::*then)(RoundPtr, GithubAnswer));
  void take_page(RoundPtr round, GithubAnswer answer);
  void begin_fetching(const RoundPtr& round);
  void fetch_next(const RoundPtr& round);
  void take_delivery(RoundPtr round, GithubAnswer answer);
  void end_hook(RoundPtr round, const std::string& problem);

  Ports ports_;
  Options options_;
  std::vector<Time> looked_;  // beside the hooks: everything before was dealt with
  Loop::TimerId timer_ = 0;
  bool is_stopped_ = true;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
