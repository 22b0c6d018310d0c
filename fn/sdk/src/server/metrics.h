// What the server counts, and its text in the Prometheus exposition format 0.0.4. Why by hand:
// docs/decisions/0003-metrics-by-hand.md.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace xfn {

using Counter = std::atomic<std::uint64_t>;

// Histogram counts observations in buckets. Safe to use from several threads; Write may see an observation half done.
class Histogram {
 public:
  // `bounds` are the upper bounds of the buckets, ascending, at most kMaxBuckets; they outlive the histogram.
  explicit Histogram(std::span<const double> bounds) : bounds_(bounds) {}

  void Observe(double value);
  // Write appends the samples. `labels` is `a="b",c="d"`.
  void Write(std::string& out, std::string_view name, std::string_view labels) const;

 private:
  static constexpr std::size_t kMaxBuckets = 16;
  const std::span<const double> bounds_;
  std::array<Counter, kMaxBuckets + 1> buckets_ = {};  // the last one used is +Inf
  std::atomic<double> sum_ = 0;
};

// MethodMetrics are those of one unary gRPC method.
struct MethodMetrics {
  explicit MethodMetrics(std::string_view name);

  const std::string service;
  const std::string labels;  // grpc_service, grpc_method, grpc_type
  Counter started = 0;
  Counter received = 0;
  Counter sent = 0;
  std::array<Counter, 17> handled = {};  // by status code
  Histogram seconds;
  Histogram request_bytes;
  Histogram response_bytes;
};

struct Metrics {
  MethodMetrics v1{"apiextensions.fn.proto.v1.FunctionRunnerService"};
  MethodMetrics v1beta1{"apiextensions.fn.proto.v1beta1.FunctionRunnerService"};

  std::atomic<std::int64_t> certificate_expiry = 0;  // Unix seconds; 0, no certificate is served
  Counter reloads_succeeded = 0;
  Counter reloads_failed = 0;
  Counter clients_refused = 0;

  // Render gives the whole page.
  std::string Render() const;
};

}  // namespace xfn
