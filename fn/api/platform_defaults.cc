#include "api/platform_defaults.h"

#include <algorithm>

#include "api/quantity.h"
#include "fmt/format.h"

namespace agent {

using xfn::FieldPath;
using xfn::Json;

namespace {

// A request above its limit is refused by the API server, so it is refused here, with the path.
void CheckWithinLimit(const FieldPath& path, std::string_view request, std::string_view limit, Findings& findings) {
  auto wanted = ParseQuantity(request);
  auto most = ParseQuantity(limit);
  if (!wanted.ok() || !most.ok() || *wanted <= *most) return;
  findings.errors.Invalid(path, std::string(request), fmt::format("must not be above its limit of {}", limit));
}

SizeRow ReadSizeRow(const Json* object, const FieldPath& path, Findings& findings) {
  ObjectReader row(object, path, findings);
  ObjectReader requests(row.Child("requests"), path.Key("requests"), findings);
  ObjectReader limits(row.Child("limits"), path.Key("limits"), findings);
  SizeRow size{requests.Quantity("cpu"), requests.Quantity("memory"), limits.Quantity("cpu"),
               limits.Quantity("memory")};
  CheckWithinLimit(requests.path().Key("cpu"), size.cpu_request, size.cpu_limit, findings);
  CheckWithinLimit(requests.path().Key("memory"), size.memory_request, size.memory_limit, findings);
  requests.Finish();
  limits.Finish();
  row.Finish();
  return size;
}

void ReadNats(const Json* object, PlatformDefaults::Nats& nats, Findings& findings) {
  ObjectReader reader(object, FieldPath{"input", "nats"}, findings);
  nats.url = reader.Optional("url", kNatsUrlRule, nats.url);
  nats.monitoring_endpoint = reader.Optional("monitoringEndpoint", kMonitoringEndpointRule, nats.monitoring_endpoint);
  nats.account = reader.Optional("account", kAccountRule, nats.account);
  nats.account_id = reader.Optional("accountID", kAccountRule, nats.account_id);
  nats.servers = reader.Integer("servers", 1, 99, nats.servers);
  if (nats.account == "$SYS") {
    findings.errors.Invalid(reader.path().Key("account"), nats.account,
                            "must not be the system account: it has no JetStream");
  }
  reader.Finish();
}

void ReadAutoscaling(const Json* object, PlatformDefaults& platform, Findings& findings) {
  ObjectReader reader(object, FieldPath{"input", "autoscaling"}, findings);
  platform.polling_interval = reader.Integer("pollingInterval", 1, 3600, platform.polling_interval);
  reader.Finish();
}

void ReadSizes(const Json* object, std::map<std::string, SizeRow>& sizes, Findings& findings) {
  ObjectReader reader(object, FieldPath{"input", "sizes"}, findings);
  for (const std::string& name : SizeNames()) {
    if (!reader.Has(name)) continue;
    sizes[name] = ReadSizeRow(reader.Child(name), reader.path().Key(name), findings);
  }
  reader.Finish();
}

}  // namespace

PlatformDefaults BuiltInDefaults() {
  PlatformDefaults platform;
  platform.sizes = {
      {"micro", {"100m", "256Mi", "500m", "1Gi"}},
      {"small", {"250m", "512Mi", "1000m", "2Gi"}},
      {"medium", {"500m", "1Gi", "2000m", "4Gi"}},
      {"large", {"1000m", "2Gi", "4000m", "8Gi"}},
  };
  return platform;
}

absl::Status CheckPlatformDefaultsKind(const Json& input) {
  const std::string_view api_version = xfn::FindString(input, FieldPath{"apiVersion"});
  const std::string_view kind = xfn::FindString(input, FieldPath{"kind"});
  if (api_version == kPlatformDefaultsApiVersion && kind == kPlatformDefaultsKind) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use the step's input: it is \"{}\" of \"{}\", expected \"{}\" of \"{}\"", kind, api_version,
                  kPlatformDefaultsKind, kPlatformDefaultsApiVersion));
}

PlatformDefaults ReadPlatformDefaults(const Json& input, Findings& findings) {
  PlatformDefaults platform = BuiltInDefaults();
  ObjectReader reader(&input, FieldPath{"input"}, findings);
  ReadNats(reader.Child("nats"), platform.nats, findings);
  ReadAutoscaling(reader.Child("autoscaling"), platform, findings);
  ReadSizes(reader.Child("sizes"), platform.sizes, findings);
  reader.Ignore({"apiVersion", "kind", "metadata"});
  reader.Finish();
  return platform;
}

int StreamReplicas(const PlatformDefaults& platform) { return platform.nats.servers >= 3 ? 3 : 1; }

}  // namespace agent
