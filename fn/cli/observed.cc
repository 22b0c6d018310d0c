#include "cli/observed.h"

#include <string_view>
#include <utility>

#include "cli/composed.h"
#include "cli/conditions.h"
#include "fmt/format.h"
#include "xfn/field_path.h"
#include "xfn/struct_codec.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;

// CheckComposite makes sure of the shapes that Complete relies on.
absl::Status CheckComposite(const Json& composite) {
  for (const FieldPath& path : {FieldPath{"metadata"}, FieldPath{"metadata", "labels"}, FieldPath{"spec"},
                                FieldPath{"spec", "crossplane"}, FieldPath{"status"}}) {
    const Json* value = xfn::Find(composite, path);
    if (value == nullptr || value->is_null() || value->is_object()) continue;
    return absl::InvalidArgumentError(fmt::format("the composite's {} is no object", path.ToString()));
  }
  const FieldPath conditions{"status", "conditions"};
  if (const Json* value = xfn::Find(composite, conditions);
      value != nullptr && !value->is_null() && !value->is_array()) {
    return absl::InvalidArgumentError(fmt::format("the composite's {} is no list", conditions.ToString()));
  }
  for (const FieldPath& path : {FieldPath{"apiVersion"}, FieldPath{"kind"}, FieldPath{"metadata", "name"}}) {
    if (FindString(composite, path).empty()) {
      return absl::InvalidArgumentError(fmt::format("the composite has no {}", path.ToString()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckComposed(const Json& composite, const Json& composed) {
  const auto name = FindString(composed, FieldPath{"metadata", "name"});
  if (const Json* owners = xfn::Find(composed, FieldPath{"metadata", "ownerReferences"})) {
    for (const Json& owner : *owners) {
      const Json* controller = xfn::Find(owner, FieldPath{"controller"});
      if (controller == nullptr || *controller != true) continue;
      if (FindString(owner, FieldPath{"uid"}) == FindString(composite, FieldPath{"metadata", "uid"})) continue;
      return absl::InvalidArgumentError(
          fmt::format("the observed resource {} is not controlled by the composite", name));
    }
  }
  const auto ns = FindString(composite, FieldPath{"metadata", "namespace"});
  if (!ns.empty() && FindString(composed, FieldPath{"metadata", "namespace"}) != ns) {
    return absl::InvalidArgumentError(
        fmt::format("the observed resource {} is not in the composite's namespace {}", name, ns));
  }
  if (FindString(composed, FieldPath{"metadata", "annotations", kResourceNameAnnotation}).empty()) {
    return absl::InvalidArgumentError(
        fmt::format("the observed resource {} has no annotation {}", name, kResourceNameAnnotation));
  }
  return absl::OkStatus();
}

Json ReferenceTo(const Json& composite, const Json& composed) {
  Json reference{{"apiVersion", composed.at("apiVersion")}, {"kind", composed.at("kind")}};
  reference["name"] = FindString(composed, FieldPath{"metadata", "name"});
  const auto ns = FindString(composed, FieldPath{"metadata", "namespace"});
  if (FindString(composite, FieldPath{"metadata", "namespace"}).empty() && !ns.empty()) reference["namespace"] = ns;
  return reference;
}

void Complete(const Step& step, Json& composite) {
  Json& metadata = composite["metadata"];
  if (FindString(metadata, FieldPath{"uid"}).empty()) metadata["uid"] = PreviewUid(composite);
  metadata["resourceVersion"] = "999";
  if (FindString(metadata, FieldPath{"labels", kCompositeLabel}).empty()) {
    metadata["labels"][kCompositeLabel] = metadata.at("name");
  }
  composite["spec"]["crossplane"]["compositionRef"] = Json{{"name", step.composition}};
  Json responsive = MakeCondition("Responsive", "True", "WatchCircuitClosed");
  if (const auto generation = xfn::FindInt(metadata, FieldPath{"generation"}, 0); generation != 0) {
    responsive["observedGeneration"] = generation;
  }
  SetCondition(composite["status"]["conditions"], std::move(responsive));
}

absl::StatusOr<std::string> ResourceBytes(const Json& object) {
  auto bytes = xfn::EncodeStruct(object);
  if (!bytes.ok()) return bytes.status();
  xfn::wire::Resource resource;
  resource.set_resource(*std::move(bytes));
  return resource.SerializeAsString();
}

}  // namespace

absl::StatusOr<Observed> Observe(const Step& step, Json composite, const std::vector<Json>& composed) {
  if (auto status = CheckComposite(composite); !status.ok()) return status;
  Observed observed{.composite = std::move(composite), .resources = {}};
  Complete(step, observed.composite);
  Json references = Json::array();
  for (const Json& resource : composed) {
    if (auto status = CheckComposed(observed.composite, resource); !status.ok()) return status;
    references.push_back(ReferenceTo(observed.composite, resource));
    const auto name = FindString(resource, FieldPath{"metadata", "annotations", kResourceNameAnnotation});
    observed.resources[std::string(name)] = resource;
  }
  if (!references.empty()) observed.composite["spec"]["crossplane"]["resourceRefs"] = std::move(references);
  return observed;
}

absl::StatusOr<xfn::wire::RunFunctionRequest> MakeRequest(const Step& step, const Observed& observed) {
  xfn::wire::RunFunctionRequest request;
  request.mutable_meta()->set_tag("render");
  for (int capability = apiextensions::fn::proto::v1::CAPABILITY_CAPABILITIES;
       capability <= apiextensions::fn::proto::v1::CAPABILITY_REQUIRED_SCHEMAS; ++capability) {
    request.mutable_meta()->add_capabilities(static_cast<apiextensions::fn::proto::v1::Capability>(capability));
  }
  auto composite = ResourceBytes(observed.composite);
  if (!composite.ok()) return composite.status();
  request.mutable_observed()->set_composite(*std::move(composite));
  for (const auto& [name, object] : observed.resources) {
    auto bytes = ResourceBytes(object);
    if (!bytes.ok()) return bytes.status();
    (*request.mutable_observed()->mutable_resources())[name] = *std::move(bytes);
  }
  request.mutable_desired();
  request.set_context("");
  if (!step.input.has_value()) return request;
  auto input = xfn::EncodeStruct(*step.input);
  if (!input.ok()) return input.status();
  request.set_input(*std::move(input));
  return request;
}

}  // namespace agent::cli
