#include "cli/requirements.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "fmt/format.h"
#include "xfn/field_path.h"
#include "xfn/struct_codec.h"

namespace agent::cli {
namespace {

using apiextensions::fn::proto::v1::Requirements;
using apiextensions::fn::proto::v1::ResourceSelector;
using google::protobuf::util::MessageDifferencer;
using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;
using xfn::wire::RunFunctionRequest;
using xfn::wire::RunFunctionResponse;

constexpr int kFurtherCalls = 5;  // Crossplane's own limit

bool Matches(const ResourceSelector& selector, const Json& object) {
  if (FindString(object, FieldPath{"apiVersion"}) != selector.api_version()) return false;
  if (FindString(object, FieldPath{"kind"}) != selector.kind()) return false;
  const auto ns = FindString(object, FieldPath{"metadata", "namespace"});
  if (selector.has_match_name()) {
    return ns == selector.namespace_() && FindString(object, FieldPath{"metadata", "name"}) == selector.match_name();
  }
  if (!selector.namespace_().empty() && ns != selector.namespace_()) return false;
  const auto& labels = selector.match_labels().labels();
  return std::all_of(labels.begin(), labels.end(), [&object](const auto& label) {
    const Json* value = xfn::Find(object, FieldPath{"metadata", "labels", label.first});
    return value != nullptr && *value == label.second;
  });
}

absl::StatusOr<xfn::wire::Resources> Answer(const ResourceSelector& selector, const std::vector<Json>& objects) {
  std::map<std::string, const Json*> found;  // sorted as Crossplane sorts them
  for (const Json& object : objects) {
    if (!Matches(selector, object)) continue;
    found[fmt::format("{}/{}", FindString(object, FieldPath{"metadata", "namespace"}),
                      FindString(object, FieldPath{"metadata", "name"}))] = &object;
  }
  xfn::wire::Resources resources;
  for (const auto& [name, object] : found) {
    auto bytes = xfn::EncodeStruct(*object);
    if (!bytes.ok()) return bytes.status();
    xfn::wire::Resource resource;
    resource.set_resource(*std::move(bytes));
    resources.add_items(resource.SerializeAsString());
  }
  return resources;
}

absl::Status AnswerAll(const Requirements& requirements, const std::vector<Json>& objects,
                       RunFunctionRequest& request) {
  request.clear_required_resources();
  request.clear_required_schemas();
  for (const auto& [name, selector] : requirements.resources()) {
    auto answer = Answer(selector, objects);
    if (!answer.ok()) return answer.status();
    (*request.mutable_required_resources())[name] = *std::move(answer);
  }
  // A preview knows no schemas: each one asked for is "not found".
  for (const auto& [name, selector] : requirements.schemas()) (*request.mutable_required_schemas())[name];
  return absl::OkStatus();
}

bool IsFatal(const RunFunctionResponse& response) {
  return std::any_of(response.results().begin(), response.results().end(), [](const auto& result) {
    return result.severity() == apiextensions::fn::proto::v1::SEVERITY_FATAL;
  });
}

}  // namespace

absl::StatusOr<RunFunctionResponse> CallUntilAnswered(const FunctionCaller& call, const std::vector<Json>& objects,
                                                      RunFunctionRequest request) {
  std::optional<Requirements> asked;
  for (int i = 0; i <= kFurtherCalls; ++i) {
    auto response = call(request);
    if (!response.ok() || IsFatal(*response)) return response;
    // Present but empty differs from absent, for Crossplane too.
    const bool asks = response->has_requirements();
    if (asks == asked.has_value() && (!asks || MessageDifferencer::Equals(response->requirements(), *asked))) {
      return response;
    }
    asked.reset();
    if (asks) asked = response->requirements();
    if (auto status = AnswerAll(response->requirements(), objects, request); !status.ok()) return status;
    request.clear_context();
    if (response->has_context()) request.set_context(response->context());
  }
  return absl::FailedPreconditionError(
      fmt::format("the function's requirements still change after {} further calls", kFurtherCalls));
}

}  // namespace agent::cli
