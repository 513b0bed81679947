#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "topics/bus.hpp"
#include "topics/memory/memory_broker.hpp"

namespace callboard::topics {

/// One process's end of the bus in memory.
class MemoryEnd final : public Bus, private JobPublisher, private Notices, private BusHealth {
 public:
  MemoryEnd(MemoryBroker& broker, Loop& loop);
  ~MemoryEnd() override;

  JobPublisher& jobs() override { return *this; }
  Notices& notices() override { return *this; }
  BusHealth& health() override { return *this; }
  std::unique_ptr<JobSource> make_source(std::string pool) override;
  void close(Task closed) override;

 private:
  void publish(std::string_view pool, std::string_view id, std::string bytes, Published done) override;
  void probe(const Receipt& receipt, std::string_view id, Probed done) override;
  void notify(Partition partition, std::string bytes) override;
  void subscribe(Partition partition) override;
  void unsubscribe(Partition partition) override;
  void on_notice(OnNotice handler) override;
  void broadcast(Audience audience, std::string bytes) override;
  void listen(Audience audience, OnNotice handler) override;
  bool is_connected() const override { return broker_.is_available(); }

  /// A publication or a probe that waits for the broker's answer; one of the callbacks is set.
  struct Question {
    Published published;
    Probed probed;
    Loop::TimerId timer = 0;
  };
  std::uint64_t ask(Question question);
  void answer(std::uint64_t number, Result<Receipt> receipt, bool is_held);
  void fail_later(Question question, ErrorCode code, std::string message);
  /// On this end's loop, unless the end is gone by then.
  void run_here(Task task);
  void hear(const std::string& subject, std::string_view bytes);

  MemoryBroker& broker_;
  Loop& loop_;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // tasks on their way look whether the end is gone
  std::map<std::uint64_t, Question> questions_;
  std::uint64_t last_question_ = 0;
  std::shared_ptr<MemoryListener> listener_;
  std::set<std::string, std::less<>> subjects_;
  OnNotice on_notice_;
  std::array<std::vector<OnNotice>, 2> on_broadcast_;  // by audience
};

/// A worker's source at such an end.
class MemorySource final : public JobSource {
 public:
  MemorySource(MemoryBroker& broker, Loop& loop, std::string pool);
  ~MemorySource() override;

  void start(OnJob on_job) override;
  void want(std::uint32_t slots) override;
  void ack(std::uint64_t handle) override;
  void hand_back(std::uint64_t handle, Micros delay) override;
  void renew(const std::vector<std::uint64_t>& handles) override;
  void stop(Task stopped) override;

 private:
  void arrive(JobDelivery delivery, MemoryBroker::Place place);
  void settle_stop();

  MemoryBroker& broker_;
  Loop& loop_;
  std::shared_ptr<MemoryConsumer> consumer_;
  OnJob on_job_;
  std::map<std::uint64_t, MemoryBroker::Place> held_;
  std::uint32_t arriving_ = 0;  // posted to this loop and not yet run
  bool stopping_ = false;
  Task stopped_;
};

}  // namespace callboard::topics
