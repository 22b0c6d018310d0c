#include "requests.h"

#include <utility>
#include <vector>

#include "cli/function_caller.h"
#include "cli/manifests.h"
#include "cli/observed.h"
#include "cli/requirements.h"
#include "cli/step.h"
#include "compose/compose.h"
#include "xfn/json.h"

namespace agent::bench {
namespace {

using xfn::Json;

// FieldsOf is the fieldsV1 of a manager that owns all of `value`.
Json FieldsOf(const Json& value) {
  Json fields = Json::object();
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) fields["f:" + key] = FieldsOf(child);
  }
  if (value.is_array()) {
    for (const Json& item : value) {
      const std::string key =
          item.is_object() && item.contains("name") ? "k:" + Json{{"name", item["name"]}}.dump() : "v:" + item.dump();
      fields[key] = FieldsOf(item);
    }
  }
  return fields;
}

// As the API server returns it: what was applied, what the controller wrote, and who owns which field.
Json Stored(Json object) {
  const auto entry = [&](const char* manager, const char* part) {
    return Json{{"manager", manager},
                {"operation", "Apply"},
                {"apiVersion", object["apiVersion"]},
                {"fieldsType", "FieldsV1"},
                {"time", "2026-11-20T09:00:07Z"},
                {"fieldsV1", {{std::string("f:") + part, FieldsOf(object.value(part, Json::object()))}}}};
  };
  Json managed =
      Json::array({entry("apiextensions.crossplane.io/composed/5c1d7", "spec"), entry("controller", "status"),
                   entry("apiextensions.crossplane.io/composed/5c1d7", "metadata")});
  object["metadata"]["managedFields"] = std::move(managed);
  object["metadata"]["uid"] = "6b0f6d3e-2b3c-4a58-9a53-0c4b7f6f2a11";
  object["metadata"]["resourceVersion"] = "184467";
  object["metadata"]["creationTimestamp"] = "2026-11-20T09:00:00Z";
  return object;
}

// Recorded runs the requirements loop and returns the last request, which holds the answers.
absl::StatusOr<std::string> Recorded(const Json& composite, const std::vector<Json>& composed,
                                     const std::vector<Json>& others) {
  const cli::Step step;
  auto observed = cli::Observe(step, composite, composed);
  if (!observed.ok()) return observed.status();
  auto request = cli::MakeRequest(step, *observed);
  if (!request.ok()) return request.status();
  std::string last;
  const cli::FunctionCaller here = cli::CallHere(Compose);
  auto response = cli::CallUntilAnswered(
      [&](const xfn::wire::RunFunctionRequest& sent) {
        last = sent.SerializeAsString();
        return here(sent);
      },
      others, *std::move(request));
  if (!response.ok()) return response.status();
  return last;
}

}  // namespace

absl::StatusOr<std::string> FirstRequest(const std::string& example) {
  auto composite = cli::ReadManifest(example + "/xr.yaml");
  if (!composite.ok()) return composite.status();
  auto observed = cli::Observe({}, Stored(*composite), {});
  if (!observed.ok()) return observed.status();
  auto request = cli::MakeRequest({}, *observed);
  if (!request.ok()) return request.status();
  return request->SerializeAsString();
}

absl::StatusOr<std::string> SteadyRequest(const std::string& example) {
  auto composite = cli::ReadManifest(example + "/xr.yaml");
  auto composed = cli::ReadManifests(example + "/observed.yaml");
  auto required = cli::ReadManifests(example + "/required.yaml");
  for (const absl::Status& status : {composite.status(), composed.status(), required.status()}) {
    if (!status.ok()) return status;
  }
  for (auto* objects : {&*composed, &*required}) {
    for (Json& object : *objects) object = Stored(std::move(object));
  }
  required->insert(required->end(), composed->begin(), composed->end());  // some are required, too
  return Recorded(Stored(*composite), *composed, *required);
}

}  // namespace agent::bench
