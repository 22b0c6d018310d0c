// Response: what a function answers. It starts as a copy of the request's tag, desired state and context, the safe
// default: what an earlier pipeline step desires stays desired, byte for byte, unless the function replaces it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "xfn/json.h"
#include "xfn/request.h"
#include "xfn/types.h"

namespace xfn {

namespace wire {
class RunFunctionResponse;
}

class Response {
 public:
  explicit Response(const Request& request);
  Response(Response&&) noexcept;
  Response& operator=(Response&&) noexcept;
  ~Response();

  // SetDesired desires `object` under a composition resource name and replaces what stood there. Crossplane deletes an
  // observed resource whose name is missing here, so a function desires everything on every call.
  // Errors: INVALID_ARGUMENT when `object` cannot be a Struct (struct_codec.h).
  absl::Status SetDesired(std::string_view name, const Json& object, Ready ready);

  // MergeCompositeStatus sets these keys of the composite's status and leaves the others as earlier steps desire them.
  // The XRD must declare every key, and none may be null: Crossplane's apply refuses both.
  absl::Status MergeCompositeStatus(const Json& status);

  // SetCompositeReady overrides what Crossplane concludes from the composed resources, those of other steps included.
  absl::Status SetCompositeReady(Ready ready);

  // SetCondition sets a condition of the composite; a later one of the same type replaces it.
  void SetCondition(const Condition& condition);

  // Results become events. Fatal stops the pipeline: nothing is applied, nothing deleted. Warning and Normal belong to
  // a transition; the same one on every call is spam.
  void Fatal(std::string_view message);
  void Warning(std::string_view message, std::string_view reason = "");
  void Normal(std::string_view message, std::string_view reason = "");

  // Require asks for resources; Crossplane calls again, at most five times, until the requirements stay the same.
  // REQUIRES: the requirements follow from observed and desired state and input, never from the answers.
  void Require(std::string_view name, const ResourceSelector& selector);
  void RequireSchema(std::string_view name, std::string_view api_version, std::string_view kind);

  // SetContext hands `value` to later steps under `key`.
  // Errors: INVALID_ARGUMENT when the context that came, or `value`, cannot be a Struct.
  absl::Status SetContext(std::string_view key, const Json& value);

  // SetTtl says how long this answer holds. Crossplane calls again after it; unset, only when something changes.
  void SetTtl(absl::Duration ttl);

  // Serialize gives the bytes of a RunFunctionResponse: equal responses, equal bytes.
  std::string Serialize() const;

  const wire::RunFunctionResponse& wire() const { return *wire_; }

 private:
  std::unique_ptr<wire::RunFunctionResponse> wire_;
};

}  // namespace xfn
