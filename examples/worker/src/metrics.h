// What the worker counts, in Prometheus' text format. Any thread.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace worker {

class Metrics {
 public:
  Metrics();

  // CountJob: `result` is one of completed, failed (poison), dead (a fault outlasted the last delivery), retried.
  void CountJob(const std::string& result);
  void CountRedelivery();
  void ObserveStep(const std::string& kind, std::chrono::duration<double> took);
  void SetInFlight(int jobs);
  void Fetched();

  std::string Text() const;

 private:
  using Clock = std::chrono::steady_clock;

  static constexpr double kBuckets[] = {0.01, 0.05, 0.25, 1, 5, 15, 60, 300};
  struct Histogram {
    std::uint64_t buckets[std::size(kBuckets)] = {};
    std::uint64_t count = 0;
    double sum = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> jobs_;
  std::map<std::string, Histogram> steps_;
  std::uint64_t redeliveries_ = 0;
  int in_flight_ = 0;
  Clock::time_point fetched_;
};

}  // namespace worker
