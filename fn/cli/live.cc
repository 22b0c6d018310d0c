#include "cli/live.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "cli/conditions.h"
#include "fmt/format.h"
#include "xfn/field_path.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;

constexpr int kGeneration = 1;
constexpr char kPlaceholder[] = "YXNzdW1lZA==";  // base64 of "assumed"

// Keys by the name of the Secret that holds them.
using SecretKeys = std::map<std::string, std::set<std::string>>;

Json DeploymentStatus(const Json& deployment) {
  const auto replicas = xfn::FindInt(deployment, FieldPath{"spec", "replicas"}, 1);
  return Json{{"observedGeneration", kGeneration},
              {"replicas", replicas},
              {"updatedReplicas", replicas},
              {"readyReplicas", replicas},
              {"availableReplicas", replicas},
              {"conditions",
               {MakeCondition("Available", "True", "MinimumReplicasAvailable"),
                MakeCondition("Progressing", "True", "NewReplicaSetAvailable")}}};
}

Json JetStreamStatus() {
  return Json{{"observedGeneration", kGeneration}, {"conditions", {MakeCondition("Ready", "True", "Ready")}}};
}

Json ScaledObjectStatus(const Json& scaled_object) {
  Json status{{"hpaName", fmt::format("keda-hpa-{}", FindString(scaled_object, FieldPath{"metadata", "name"}))},
              {"scaleTargetKind", "apps/v1.Deployment"}};
  const std::pair<const char*, std::pair<const char*, const char*>> conditions[] = {
      {"Ready", {"True", "ScaledObjectReady"}},
      {"Active", {"False", "ScalerNotActive"}},
      {"Fallback", {"False", "NoFallbackFound"}},
      {"Paused", {"False", "ScaledObjectUnpaused"}}};
  for (const auto& [type, value] : conditions) {
    Json condition = MakeCondition(type, value.first, value.second);
    condition.erase("lastTransitionTime");  // KEDA writes none
    status["conditions"].push_back(std::move(condition));
  }
  return status;
}

void Note(const Json& reference, const char* name_key, SecretKeys& secrets) {
  const auto name = FindString(reference, FieldPath{name_key});
  if (name.empty()) return;
  auto& keys = secrets[std::string(name)];
  if (const auto key = FindString(reference, FieldPath{"key"}); !key.empty()) keys.insert(std::string(key));
}

// NoteAll walks a pod template; references to Secrets look the same in every place that may hold one.
void NoteAll(const Json& value, SecretKeys& secrets) {
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      if (key == "secretKeyRef" || key == "secretRef") Note(child, "name", secrets);
      if (key == "secret") Note(child, "secretName", secrets);
      if (key == "imagePullSecrets") {
        for (const Json& reference : child) Note(reference, "name", secrets);
      }
    }
  }
  if (!value.is_structured()) return;
  for (const Json& child : value) NoteAll(child, secrets);
}

bool IsSecret(const Json& object, std::string_view ns, std::string_view name) {
  return FindString(object, FieldPath{"kind"}) == "Secret" &&
         FindString(object, FieldPath{"metadata", "namespace"}) == ns &&
         FindString(object, FieldPath{"metadata", "name"}) == name;
}

Json MakeSecret(std::string_view ns, std::string_view name, const std::set<std::string>& keys) {
  Json secret{{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", name}, {"namespace", ns}}}};
  for (const std::string& key : keys) secret["data"][key] = kPlaceholder;
  return secret;
}

}  // namespace

Json Live(Json applied) {
  applied["metadata"]["generation"] = kGeneration;
  const auto kind = FindString(applied, FieldPath{"kind"});
  if (kind == "Deployment") applied["status"] = DeploymentStatus(applied);
  if (kind == "Stream" || kind == "Consumer") applied["status"] = JetStreamStatus();
  if (kind == "ScaledObject") applied["status"] = ScaledObjectStatus(applied);
  return applied;
}

std::vector<Json> AssumedSecrets(const std::vector<Json>& applied, const std::vector<Json>& given) {
  std::vector<Json> secrets;
  for (const Json& object : applied) {
    const Json* pod = xfn::Find(object, FieldPath{"spec", "template"});
    if (pod == nullptr) continue;
    const auto ns = FindString(object, FieldPath{"metadata", "namespace"});
    SecretKeys wanted;
    NoteAll(*pod, wanted);
    for (const auto& [name, keys] : wanted) {
      const auto there = [&ns, &name = name](const Json& other) { return IsSecret(other, ns, name); };
      if (std::none_of(given.begin(), given.end(), there)) secrets.push_back(MakeSecret(ns, name, keys));
    }
  }
  return secrets;
}

}  // namespace agent::cli
