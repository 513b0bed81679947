#include "shared/telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <exception>

#include "shared/base/check.hpp"

namespace callboard::telemetry {
namespace {

bool is_metric_name(std::string_view name) {
  const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return name.starts_with("callboard_") && std::ranges::all_of(name, is_allowed);
}

std::map<std::string, std::string> to_map(const Labels& labels) { return {labels.begin(), labels.end()}; }

/// prometheus-cpp throws where a name is taken by another kind or a label is malformed: bugs of ours.
template <typename Make>
auto& registered(std::string_view name, Make&& make) {
  CALLBOARD_CHECK(is_metric_name(name));
  decltype(&make()) series = nullptr;
  try {
    series = &make();
  } catch (const std::exception&) {
  }
  const bool is_new_or_the_same = series != nullptr;
  CALLBOARD_CHECK(is_new_or_the_same);
  return *series;
}

}  // namespace

void Counter::add(double amount) const { series_->Increment(amount); }
void Gauge::set(double value) const { series_->Set(value); }
void Gauge::add(double amount) const { series_->Increment(amount); }
void Histogram::observe(double value) const { series_->Observe(value); }

std::vector<double> latency_buckets() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

struct Metrics::Series {
  prometheus::Registry registry;
};

Metrics::Metrics() : series_(std::make_unique<Series>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return Counter(registered(name, [&]() -> prometheus::Counter& {
    auto& family = prometheus::BuildCounter()
                       .Name(std::string(name))
                       .Help(std::string(help))
                       .Register(series_->registry);
    return family.Add(to_map(labels));
  }));
}

Gauge Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return Gauge(registered(name, [&]() -> prometheus::Gauge& {
    auto& family =
        prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(series_->registry);
    return family.Add(to_map(labels));
  }));
}

Histogram Metrics::histogram(std::string_view name, std::string_view help, const std::vector<double>& buckets,
                             const Labels& labels) {
  return Histogram(registered(name, [&]() -> prometheus::Histogram& {
    auto& family = prometheus::BuildHistogram()
                       .Name(std::string(name))
                       .Help(std::string(help))
                       .Register(series_->registry);
    return family.Add(to_map(labels), buckets);
  }));
}

std::string Metrics::serialise() const {
  return prometheus::TextSerializer().prometheus::Serializer::Serialize(series_->registry.Collect());
}

}  // namespace callboard::telemetry
