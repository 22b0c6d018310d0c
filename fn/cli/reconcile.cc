#include "cli/reconcile.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "cli/composed.h"
#include "cli/conditions.h"
#include "cli/observed.h"
#include "cli/requirements.h"
#include "fmt/format.h"
#include "xfn/field_path.h"
#include "xfn/status.h"
#include "xfn/struct_codec.h"

namespace agent::cli {
namespace {

namespace v1 = apiextensions::fn::proto::v1;
using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;
using xfn::wire::RunFunctionResponse;

constexpr char kComposeReason[] = "ComposeResources";
constexpr std::size_t kNamesInMessage = 3;

// Desired is what a response desires, decoded.
struct Desired {
  Json composite = Json::object();
  v1::Ready ready = v1::READY_UNSPECIFIED;
  std::map<std::string, Json> resources;
  std::vector<std::string> unready;
};

absl::StatusOr<Json> Decode(std::string_view what, const std::string& bytes, v1::Ready& ready) {
  xfn::wire::Resource resource;
  if (!resource.ParseFromString(bytes)) return absl::InvalidArgumentError(fmt::format("cannot read desired {}", what));
  ready = resource.ready();
  auto object = xfn::DecodeStruct(resource.resource());
  if (object.ok()) return object;
  return absl::InvalidArgumentError(fmt::format("cannot read desired {}: {}", what, xfn::Message(object.status())));
}

absl::StatusOr<Desired> Decode(const xfn::wire::State& state) {
  Desired desired;
  if (state.has_composite()) {
    auto composite = Decode("composite", state.composite(), desired.ready);
    if (!composite.ok()) return composite.status();
    desired.composite = *std::move(composite);
  }
  for (const auto& [name, bytes] : state.resources()) {
    v1::Ready ready = v1::READY_UNSPECIFIED;
    auto object = Decode(name, bytes, ready);
    if (!object.ok()) return object.status();
    desired.resources[name] = *std::move(object);
    if (ready != v1::READY_TRUE) desired.unready.push_back(name);
  }
  std::sort(desired.unready.begin(), desired.unready.end());
  return desired;
}

Json Event(std::string_view severity, std::string_view reason, std::string_view message) {
  return Json{{"apiVersion", "render.crossplane.io/v1beta1"},
              {"kind", "Result"},
              {"severity", severity},
              {"reason", reason},
              {"message", message}};
}

// AddResults turns results into events. Errors: ABORTED for a fatal one.
absl::Status AddResults(const Step& step, const RunFunctionResponse& response, std::vector<Json>& events) {
  for (const v1::Result& result : response.results()) {
    const std::string reason = result.reason().empty() ? kComposeReason : result.reason();
    const std::string message = fmt::format("Pipeline step \"{}\": {}", step.name, result.message());
    if (result.severity() == v1::SEVERITY_FATAL) {
      return absl::AbortedError(
          fmt::format("pipeline step \"{}\" returned a fatal result:\n{}", step.name, result.message()));
    }
    if (result.severity() == v1::SEVERITY_UNSPECIFIED) {
      events.push_back(Event("Warning", reason,
                             fmt::format("Pipeline step \"{}\" returned a result of unknown severity (assuming "
                                         "warning): {}",
                                         step.name, result.message())));
      continue;
    }
    events.push_back(Event(result.severity() == v1::SEVERITY_WARNING ? "Warning" : "Normal", reason, message));
  }
  return absl::OkStatus();
}

std::string_view StatusText(v1::Status status) {
  if (status == v1::STATUS_CONDITION_TRUE) return "True";
  return status == v1::STATUS_CONDITION_FALSE ? "False" : "Unknown";
}

// Listed gives the first names, as Crossplane words it: "a", "a, b, and c", "a, b, c, and 2 more".
std::string Listed(const std::vector<std::string>& names) {
  const auto shown = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamesInMessage));
  if (names.size() > kNamesInMessage) {
    return fmt::format("{}, and {} more", fmt::join(names.begin(), shown, ", "), names.size() - kNamesInMessage);
  }
  if (names.size() == kNamesInMessage) {
    return fmt::format("{}, and {}", fmt::join(names.begin(), shown - 1, ", "), names.back());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

Json ReadyCondition(const Desired& desired) {
  if (desired.ready == v1::READY_FALSE) return MakeCondition("Ready", "False", "Creating");
  if (desired.ready == v1::READY_TRUE || desired.unready.empty()) return MakeCondition("Ready", "True", "Available");
  return MakeCondition("Ready", "False", "Creating", fmt::format("Unready resources: {}", Listed(desired.unready)));
}

// Status is what the function desires, the conditions that were there, its own and Crossplane's, in this order.
Json Status(const Observed& observed, const Desired& desired, const RunFunctionResponse& response) {
  Json status = Json::object();
  if (const Json* wanted = xfn::Find(desired.composite, FieldPath{"status"})) status = *wanted;
  Json& conditions = status["conditions"];
  for (const Json& condition : observed.composite.at("status").at("conditions")) SetCondition(conditions, condition);
  for (const v1::Condition& condition : response.conditions()) {
    if (IsSystemCondition(condition.type())) continue;
    SetCondition(conditions, MakeCondition(condition.type(), StatusText(condition.status()), condition.reason(),
                                           condition.message()));
  }
  SetCondition(conditions, MakeCondition("Synced", "True", "ReconcileSuccess"));
  SetCondition(conditions, ReadyCondition(desired));
  return status;
}

Json References(const Json& composite, const std::vector<Json>& composed) {
  const bool namespaced = !FindString(composite, FieldPath{"metadata", "namespace"}).empty();
  std::multimap<std::string, Json> sorted;
  for (const Json& object : composed) {
    const auto version = FindString(object, FieldPath{"apiVersion"});
    const auto kind = FindString(object, FieldPath{"kind"});
    const auto name = FindString(object, FieldPath{"metadata", "name"});
    const auto ns = namespaced ? std::string_view() : FindString(object, FieldPath{"metadata", "namespace"});
    Json reference{{"apiVersion", version}, {"kind", kind}, {"name", name}};
    if (!ns.empty()) reference["namespace"] = ns;
    sorted.emplace(fmt::format("{}{}{}{}", version, kind, name, ns), std::move(reference));
  }
  Json references = Json::array();
  for (auto& [key, reference] : sorted) references.push_back(std::move(reference));
  return references;
}

Json AppliedComposite(const Observed& observed, Json status, const std::vector<Json>& composed) {
  Json composite{{"apiVersion", observed.composite.at("apiVersion")}, {"kind", observed.composite.at("kind")}};
  for (const char* key : {"name", "namespace"}) {
    const auto value = FindString(observed.composite, FieldPath{"metadata", key});
    if (!value.empty()) composite["metadata"][key] = value;
  }
  composite["spec"]["crossplane"]["resourceRefs"] = References(observed.composite, composed);
  composite["status"] = std::move(status);
  NormalizeConditions(composite);
  return composite;
}

absl::StatusOr<std::vector<Json>> AppliedResources(const Observed& observed, Desired& desired,
                                                   std::vector<Json>& events) {
  const auto ns = FindString(observed.composite, FieldPath{"metadata", "namespace"});
  std::vector<Json> applied;
  for (auto& [name, object] : desired.resources) {
    const auto existing = observed.resources.find(name);
    const bool exists = existing != observed.resources.end();
    const std::string wanted(FindString(exists ? existing->second : object, FieldPath{"metadata", "namespace"}));
    if (!ns.empty() && !wanted.empty() && wanted != ns) {
      events.push_back(
          Event("Warning", "NamespaceOverridden",
                fmt::format("cannot create composed resource \"{}\" in namespace \"{}\", using XR namespace "
                            "\"{}\" instead",
                            name, wanted, ns)));
    }
    if (auto status = CompleteMetadata(observed.composite, name, exists ? &existing->second : nullptr, object);
        !status.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("cannot apply composed resource \"{}\": {}", name, xfn::Message(status)));
    }
    NormalizeConditions(object);
    applied.push_back(object);
  }
  return applied;
}

}  // namespace

absl::StatusOr<Rendered> Reconcile(const FunctionCaller& call, const Step& step, const Cluster& cluster) {
  auto observed = Observe(step, cluster.composite, cluster.composed);
  if (!observed.ok()) return observed.status();
  auto request = MakeRequest(step, *observed);
  if (!request.ok()) return request.status();
  std::vector<Json> objects{observed->composite};
  objects.insert(objects.end(), cluster.composed.begin(), cluster.composed.end());
  objects.insert(objects.end(), cluster.others.begin(), cluster.others.end());
  auto response = CallUntilAnswered(call, objects, *std::move(request));
  if (!response.ok()) return response.status();

  Rendered rendered;
  const FieldPath selected{"spec", "crossplane", "compositionRef", "name"};
  if (FindString(cluster.composite, selected) != step.composition) {
    rendered.events.push_back(
        Event("Normal", "SelectComposition", fmt::format("Successfully selected composition: {}", step.composition)));
  }
  if (auto status = AddResults(step, *response, rendered.events); !status.ok()) return status;
  auto desired = Decode(response->desired());
  if (!desired.ok()) return desired.status();
  auto composed = AppliedResources(*observed, *desired, rendered.events);
  if (!composed.ok()) return composed.status();
  for (const std::string& name : desired->unready) {
    rendered.events.push_back(
        Event("Normal", kComposeReason, fmt::format("Composed resource \"{}\" is not yet ready", name)));
  }
  rendered.composed = *std::move(composed);
  rendered.composite = AppliedComposite(*observed, Status(*observed, *desired, *response), rendered.composed);
  return rendered;
}

}  // namespace agent::cli
