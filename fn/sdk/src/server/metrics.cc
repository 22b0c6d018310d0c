#include "metrics.h"

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace xfn {
namespace {

constexpr std::array kSeconds = {.0001, .00025, .0005, .001, .0025, .005, .01, .025,
                                 .05,   .1,     .25,   .5,   1.,    2.5,  5.,  10.};
constexpr std::array kBytes = {1024., 4096., 16384., 65536., 262144., 1048576., 4194304., 16777216., 67108864.};

constexpr std::array kCodes = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

const absl::Time process_start = absl::Now();

void Head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

// Sample appends one; numbers are printed in the shortest form that reads back the same.
void Sample(std::string& out, std::string_view name, std::string_view labels, auto value) {
  out.append(name);
  if (!labels.empty()) fmt::format_to(std::back_inserter(out), "{{{}}}", labels);
  fmt::format_to(std::back_inserter(out), " {}\n", value);
}

std::int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime));
}

using MethodList = std::array<const MethodMetrics*, 2>;

void WriteCounter(std::string& out, const MethodList& methods, std::string_view name, std::string_view help,
                  Counter MethodMetrics::*counter) {
  Head(out, name, "counter", help);
  for (const auto* method : methods) Sample(out, name, method->labels, (method->*counter).load());
}

void WriteHistogram(std::string& out, const MethodList& methods, std::string_view name, std::string_view help,
                    Histogram MethodMetrics::*histogram) {
  Head(out, name, "histogram", help);
  for (const auto* method : methods) (method->*histogram).Write(out, name, method->labels);
}

void WriteHandled(std::string& out, const MethodList& methods) {
  constexpr std::string_view name = "grpc_server_handled_total";
  Head(out, name, "counter", "Calls that were answered, by status code.");
  for (const auto* method : methods) {
    for (std::size_t code = 0; code < kCodes.size(); ++code) {
      Sample(out, name, fmt::format("{},grpc_code=\"{}\"", method->labels, kCodes[code]), method->handled[code].load());
    }
  }
}

void WriteProcess(std::string& out) {
  Head(out, "process_resident_memory_bytes", "gauge", "Resident memory.");
  Sample(out, "process_resident_memory_bytes", "", ResidentBytes());
  Head(out, "process_cpu_seconds_total", "counter", "User and system CPU time.");
  Sample(out, "process_cpu_seconds_total", "", CpuSeconds());
  Head(out, "process_start_time_seconds", "gauge", "Start of the process, in Unix time.");
  Sample(out, "process_start_time_seconds", "", absl::ToUnixSeconds(process_start));
  Head(out, "xfn_build_info", "gauge", "Always 1; the labels name the versions.");
  Sample(out, "xfn_build_info", fmt::format("version=\"{}\",grpc_version=\"{}\"", XFN_VERSION, grpc::Version()), 1);
}

}  // namespace

void Histogram::Observe(double value) {
  std::size_t bucket = 0;
  while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

void Histogram::Write(std::string& out, std::string_view name, std::string_view labels) const {
  const std::string bucket_name = fmt::format("{}_bucket", name);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    count += buckets_[i].load(std::memory_order_relaxed);
    Sample(out, bucket_name, fmt::format("{},le=\"{}\"", labels, bounds_[i]), count);
  }
  count += buckets_[bounds_.size()].load(std::memory_order_relaxed);
  Sample(out, bucket_name, fmt::format("{},le=\"+Inf\"", labels), count);
  Sample(out, fmt::format("{}_sum", name), labels, sum_.load(std::memory_order_relaxed));
  Sample(out, fmt::format("{}_count", name), labels, count);
}

MethodMetrics::MethodMetrics(std::string_view name)
    : service(name),
      labels(fmt::format(R"(grpc_service="{}",grpc_method="RunFunction",grpc_type="unary")", service)),
      seconds(kSeconds),
      request_bytes(kBytes),
      response_bytes(kBytes) {}

std::string Metrics::Render() const {
  const MethodList methods = {&v1, &v1beta1};
  std::string out;
  WriteCounter(out, methods, "grpc_server_started_total", "Calls that were started.", &MethodMetrics::started);
  WriteHandled(out, methods);
  WriteCounter(out, methods, "grpc_server_msg_received_total", "Requests received.", &MethodMetrics::received);
  WriteCounter(out, methods, "grpc_server_msg_sent_total", "Responses sent.", &MethodMetrics::sent);
  WriteHistogram(out, methods, "grpc_server_handling_seconds", "Time from a whole request to its answer.",
                 &MethodMetrics::seconds);
  WriteHistogram(out, methods, "xfn_request_bytes", "Size of requests.", &MethodMetrics::request_bytes);
  WriteHistogram(out, methods, "xfn_response_bytes", "Size of responses.", &MethodMetrics::response_bytes);
  if (certificate_expiry != 0) {
    Head(out, "xfn_certificate_expiry_timestamp_seconds", "gauge",
         "When the serving certificate expires, in Unix time.");
    Sample(out, "xfn_certificate_expiry_timestamp_seconds", "", certificate_expiry.load());
  }
  Head(out, "xfn_certificate_reloads_total", "counter", "Changed certificates that were taken over or refused.");
  Sample(out, "xfn_certificate_reloads_total", "result=\"success\"", reloads_succeeded.load());
  Sample(out, "xfn_certificate_reloads_total", "result=\"failure\"", reloads_failed.load());
  Head(out, "xfn_client_certificates_refused_total", "counter", "Connections refused for their client certificate.");
  Sample(out, "xfn_client_certificates_refused_total", "", clients_refused.load());
  WriteProcess(out);
  return out;
}

}  // namespace xfn
