// A function that reads everything survives any request and answers equal requests with equal bytes.
#include "fn/v1/run_function.pb.h"
#include "fuzz/check.h"
#include "xfn/function.h"

namespace {

namespace pb = apiextensions::fn::proto::v1;

template <typename T>
void Use(const absl::StatusOr<T>& value) {
  static_cast<void>(value.ok());
}

absl::Status ReadEverything(const xfn::Request& request, xfn::Response& response) {
  Use(request.Input());
  Use(request.Context("key"));
  Use(request.ObservedComposite());
  Use(request.DesiredComposite());
  Use(request.RequiredResources("name"));
  Use(request.RequiredSchema("name"));
  static_cast<void>(request.Credentials("name"));
  static_cast<void>(request.HasCapability(xfn::Capability::kConditions));
  for (const std::string& name : request.DesiredNames()) Use(request.DesiredResource(name));
  for (const std::string& name : request.ObservedNames()) {
    const auto observed = request.ObservedResource(name);
    if (!observed.ok()) return observed.status();
    if (!observed->has_value()) continue;
    if (const auto set = response.SetDesired(name, **observed, xfn::Ready::kTrue); !set.ok()) return set;
  }
  response.SetTtl(absl::Minutes(1));
  if (const auto set = response.SetContext("key", request.tag()); !set.ok()) return set;
  return response.MergeCompositeStatus({{"key", "value"}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const google::protobuf::LogSilencer quiet;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto answer = xfn::Call(ReadEverything, bytes);
  if (!answer.ok()) return 0;
  xfn::Check(*answer == *xfn::Call(ReadEverything, bytes), "equal requests, different answers");
  // What is passed through is not checked, so a bad request may get a bad answer; a good one must get a good answer.
  pb::RunFunctionRequest request;
  pb::RunFunctionResponse response;
  const bool good = request.ParseFromArray(data, static_cast<int>(size));
  xfn::Check(!good || response.ParseFromString(*answer), "the answer is no RunFunctionResponse");
  return 0;
}
