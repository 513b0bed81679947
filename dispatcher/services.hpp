#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dispatcher/api/context.hpp"
#include "dispatcher/ingress/catch_up.hpp"
#include "dispatcher/ingress/custom.hpp"
#include "dispatcher/ingress/source.hpp"
#include "dispatcher/triggers/run_end_watch.hpp"
#include "topics/bus.hpp"

namespace callboard::dispatcher {

/// Everything of a dispatcher that stands on a log and a bus: engine, triggers, ingress and API. On the loop.
class Services {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    Random& random;
    log::EventLog& events;
    log::Intake& intake;
    log::Catalog& catalog;
    log::Ownership& ownership;
    log::Slots& slots;
    log::Pauses& pauses;
    log::RunEnds& run_ends;
    log::Held& held;
    log::LinkKey& link_key;
    log::Past& past;
    log::Schedules& schedules;
    log::Library& library;
    log::Folds& folds;
    log::Listeners& listeners;
    topics::Bus& bus;
    telemetry::Metrics& metrics;
  };
  struct Options {
    std::string name;         // host and process id
    std::string version;      // of the program
    std::string public_url;   // or empty
    std::string workflows;    // folder, or empty
    std::string vars = "{}";  // compact JSON
    std::vector<Sender> senders;
    FindSecrets find_webhook_secrets;  // of on.webhook
    bool is_on_loopback = false;
    RunEndWatch::Complain on_lost_end;
    FolderWatch::Tell on_workflow_file;
    AskGithub ask_github;
    CatchUp::Options catch_up;
    bool segments = true;
    std::function<void(Time, Steady)> on_database_time;
    FoldStore::Refused on_refused_fold;
    std::function<http::Server::Counts()> http_counts;
    std::function<LogCounts()> log_counts;
  };

  Services(Ports ports, Options options);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  void start();
  /// Lets go of the partitions; calls back when nothing is published any more.
  void stop(Task stopped);
  void handle(http::Request request, http::Responder responder);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace callboard::dispatcher
