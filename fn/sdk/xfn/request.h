// Request: what Crossplane asks. Nothing is decoded before it is read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "xfn/json.h"
#include "xfn/struct_codec.h"
#include "xfn/types.h"

namespace xfn {

namespace wire {
class RunFunctionRequest;
}

// Request is immutable and may be read by several threads at once.
//
// Every reader that decodes returns INVALID_ARGUMENT, naming the field, when its bytes are no valid object; a value
// that is absent is std::nullopt, not an error. `metadata.managedFields` is never decoded.
class Request {
 public:
  // Parse reads a serialized RunFunctionRequest (v1 and v1beta1 are the same bytes).
  // Errors: INVALID_ARGUMENT when the message itself is malformed.
  static absl::StatusOr<Request> Parse(std::string_view wire);

  Request(Request&&) noexcept;
  Request& operator=(Request&&) noexcept;
  ~Request();

  // The opaque tag, which Response sends back.
  const std::string& tag() const;

  // HasCapability tells whether Crossplane advertises `capability`. Before 2.2 it advertises none, so a false answer
  // counts only if HasCapability(Capability::kCapabilities).
  bool HasCapability(Capability capability) const;

  // The pipeline step's input.
  absl::StatusOr<std::optional<Json>> Input() const;

  // The value at `key` of the pipeline's context.
  absl::StatusOr<std::optional<Json>> Context(std::string_view key) const;

  // The composite as it is in the cluster: metadata, spec and status.
  absl::StatusOr<std::optional<Json>> ObservedComposite() const;

  // The composed resource of that composition resource name as it is in the cluster.
  // What `skip` names is not decoded, besides managedFields: status and a few fields are all that most functions read.
  absl::StatusOr<std::optional<Json>> ObservedResource(std::string_view name, const SkipPaths& skip = {}) const;
  bool HasObservedResource(std::string_view name) const;

  // Composition resource names, sorted.
  std::vector<std::string> ObservedNames() const;
  std::vector<std::string> DesiredNames() const;

  // What earlier steps desire.
  absl::StatusOr<std::optional<Json>> DesiredComposite() const;
  absl::StatusOr<std::optional<Json>> DesiredResource(std::string_view name) const;

  // What the selector that Response::Require gave that name matched: nullopt, not answered yet; empty, none found.
  absl::StatusOr<std::optional<std::vector<Json>>> RequiredResources(std::string_view name) const;

  // The answer to Response::RequireSchema: nullopt, not answered yet; a null value, no such kind.
  absl::StatusOr<std::optional<Json>> RequiredSchema(std::string_view name) const;

  // The data of the Secret that the step's credentials give that name. Never log it.
  std::optional<std::map<std::string, std::string>> Credentials(std::string_view name) const;

  const wire::RunFunctionRequest& wire() const { return *wire_; }

 private:
  explicit Request(std::unique_ptr<wire::RunFunctionRequest> wire);
  std::unique_ptr<wire::RunFunctionRequest> wire_;
};

}  // namespace xfn
