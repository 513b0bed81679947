#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace callboard::telemetry {

/// Handles of one measured series: a pointer, copied freely, valid as long as the Metrics that made it. Each
/// call is an atomic update without a lock or a look-up (a histogram's takes its own lock), so make handles
/// once and keep them.
class Counter {
 public:
  explicit Counter(prometheus::Counter& series) : series_(&series) {}
  void add(double amount = 1) const;

 private:
  prometheus::Counter* series_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& series) : series_(&series) {}
  void set(double value) const;
  void add(double amount) const;

 private:
  prometheus::Gauge* series_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& series) : series_(&series) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* series_;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Upper bounds in seconds, from half a millisecond to a minute.
std::vector<double> latency_buckets();

/// The measured series of one process. Thread-safe. Names begin with callboard_, are [a-z0-9_] and end with
/// their unit
/// (_seconds, _bytes, _total of a count); another name is a bug and ends the process, as does one name of two
/// kinds. Asking again for a name with the same labels gives the same series. Labels come from a small fixed
/// set, never from outside: each combination lives as long as the process.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  /// `buckets`: upper bounds, ascending.
  Histogram histogram(std::string_view name, std::string_view help, const std::vector<double>& buckets,
                      const Labels& labels = {});

  /// Everything in Prometheus's text format 0.0.4.
  std::string serialise() const;

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace callboard::telemetry
