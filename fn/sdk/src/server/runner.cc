#include "runner.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "log.h"

namespace xfn {
namespace {

// A request as one run of bytes: without a copy when it came in one piece.
grpc::Slice Flatten(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok() && !buffer.DumpToSingleSlice(&slice).ok()) return {};
  return slice;
}

std::string_view View(const grpc::Slice& slice) { return {reinterpret_cast<const char*>(slice.begin()), slice.size()}; }

// An answer as a buffer that owns it: the bytes are not copied.
grpc::ByteBuffer Own(std::string bytes) {
  auto* owned = new std::string(std::move(bytes));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* string) { delete static_cast<std::string*>(string); }, owned);
  return {&slice, 1};
}

grpc::Status ToGrpc(const absl::Status& status) {
  const auto code =
      absl::IsUnimplemented(status) ? grpc::StatusCode::INTERNAL : static_cast<grpc::StatusCode>(status.code());
  return {code, std::string(status.message())};
}

std::string TagOf(std::string_view request) {
  const absl::StatusOr<Request> parsed = Request::Parse(request);
  return parsed.ok() ? parsed->tag() : "";
}

}  // namespace

Runner::Runner(Function function, std::size_t max_request_bytes, Metrics& metrics)
    : function_(std::move(function)), max_request_bytes_(max_request_bytes), metrics_(metrics) {}

absl::StatusOr<std::string> Runner::Answer(const grpc::ByteBuffer& request, std::string& tag) const {
  if (request.Length() > max_request_bytes_) {
    return absl::ResourceExhaustedError(
        fmt::format("cannot take the request: its {} bytes are over the limit of {} (--max-recv-message-size)",
                    request.Length(), max_request_bytes_));
  }
  const grpc::Slice bytes = Flatten(request);
  if (log::DebugEnabled()) tag = TagOf(View(bytes));
  return Call(function_, View(bytes));
}

grpc::Status Runner::Run(const grpc::ByteBuffer& request, grpc::ByteBuffer& response, MethodMetrics& method) const {
  const absl::Time start = absl::Now();
  const std::size_t request_bytes = request.Length();
  ++method.started;
  ++method.received;
  method.request_bytes.Observe(static_cast<double>(request_bytes));

  std::string tag;
  absl::StatusOr<std::string> answer = Answer(request, tag);
  const std::size_t response_bytes = answer.ok() ? answer->size() : 0;
  const grpc::Status status = ToGrpc(answer.status());
  if (answer.ok()) {
    response = Own(*std::move(answer));
    ++method.sent;
    method.response_bytes.Observe(static_cast<double>(response_bytes));
  }

  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  method.seconds.Observe(seconds);
  const auto code = static_cast<std::size_t>(status.error_code());
  ++method.handled[std::min(code, method.handled.size() - 1)];
  if (log::DebugEnabled()) {
    log::Debug("call", {{"service", method.service},
                        {"tag", tag},
                        {"requestBytes", request_bytes},
                        {"responseBytes", response_bytes},
                        {"code", code},
                        {"seconds", seconds}});
  }
  if (!status.ok()) log::Error("call failed", {{"service", method.service}, {"error", status.error_message()}});
  return status;
}

}  // namespace xfn
