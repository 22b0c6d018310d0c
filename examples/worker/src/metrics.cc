#include "metrics.h"

#include <sstream>

namespace worker {
namespace {

void Head(std::ostream& out, const char* name, const char* type, const char* help) {
  out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
}

}  // namespace

// All results from the start, so that a rate over the first one is not lost.
Metrics::Metrics() : jobs_{{"completed", 0}, {"dead", 0}, {"failed", 0}, {"retried", 0}}, fetched_(Clock::now()) {}

void Metrics::CountJob(const std::string& result) {
  const std::lock_guard lock(mutex_);
  ++jobs_[result];
}

void Metrics::CountRedelivery() {
  const std::lock_guard lock(mutex_);
  ++redeliveries_;
}

void Metrics::ObserveStep(const std::string& kind, std::chrono::duration<double> took) {
  const std::lock_guard lock(mutex_);
  Histogram& histogram = steps_[kind];
  for (std::size_t i = 0; i < std::size(kBuckets); ++i) histogram.buckets[i] += took.count() <= kBuckets[i] ? 1 : 0;
  ++histogram.count;
  histogram.sum += took.count();
}

void Metrics::SetInFlight(int jobs) {
  const std::lock_guard lock(mutex_);
  in_flight_ = jobs;
}

void Metrics::Fetched() {
  const std::lock_guard lock(mutex_);
  fetched_ = Clock::now();
}

std::string Metrics::Text() const {
  const std::lock_guard lock(mutex_);
  std::ostringstream out;
  Head(out, "agent_worker_jobs_total", "counter", "Deliveries by what became of them.");
  for (const auto& [result, count] : jobs_)
    out << "agent_worker_jobs_total{result=\"" << result << "\"} " << count << '\n';
  Head(out, "agent_worker_redeliveries_total", "counter", "Messages fetched that had been delivered before.");
  out << "agent_worker_redeliveries_total " << redeliveries_ << '\n';
  Head(out, "agent_worker_jobs_in_flight", "gauge", "Jobs in work.");
  out << "agent_worker_jobs_in_flight " << in_flight_ << '\n';
  Head(out, "agent_worker_last_fetch_age_seconds", "gauge", "Time since the queue was last asked with an answer.");
  out << "agent_worker_last_fetch_age_seconds " << std::chrono::duration<double>(Clock::now() - fetched_).count()
      << '\n';
  Head(out, "agent_worker_step_duration_seconds", "histogram", "Time of a step, by kind.");
  for (const auto& [kind, histogram] : steps_) {
    const std::string label = "kind=\"" + kind + "\"";
    for (std::size_t i = 0; i < std::size(kBuckets); ++i) {
      out << "agent_worker_step_duration_seconds_bucket{" << label << ",le=\"" << kBuckets[i] << "\"} "
          << histogram.buckets[i] << '\n';
    }
    out << "agent_worker_step_duration_seconds_bucket{" << label << ",le=\"+Inf\"} " << histogram.count << '\n'
        << "agent_worker_step_duration_seconds_sum{" << label << "} " << histogram.sum << '\n'
        << "agent_worker_step_duration_seconds_count{" << label << "} " << histogram.count << '\n';
  }
  return out.str();
}

}  // namespace worker
