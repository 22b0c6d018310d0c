// PlatformDefaults: what the platform team says once, as the input of the pipeline step. The schema that users see is
// package/function/platformdefaults.yaml.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "api/reader.h"
#include "xfn/json.h"

namespace agent {

inline constexpr std::string_view kPlatformDefaultsApiVersion = "agentexecutor.fn.platform.bizmatters.io/v1beta1";
inline constexpr std::string_view kPlatformDefaultsKind = "PlatformDefaults";

// SizeRow is what one size means for each container, as Kubernetes quantities.
struct SizeRow {
  std::string cpu_request;
  std::string memory_request;
  std::string cpu_limit;
  std::string memory_limit;
};

struct PlatformDefaults {
  struct Nats {
    // Where workers connect, unless an AgentExecutor says otherwise.
    std::string url = "nats://nats.nats.svc:4222";
    // host:port of the monitoring API that KEDA reads. The headless Service: KEDA must reach each server by its name,
    // and the chart's ordinary Service has no port 8222.
    std::string monitoring_endpoint = "nats-headless.nats.svc.cluster.local:8222";
    std::string account = "$G";  // the account of a NATS without accounts
    std::string account_id;      // public key of the account, operator mode only
    int servers = 1;             // size of the NATS cluster: bounds the replicas of a stream
  };
  Nats nats;
  // Seconds between two times that KEDA reads an executor's lag. Each time it fetches every stream of the account (its
  // nats-jetstream scaler asks for /jsz of the account), so the work grows with the square of the executors.
  int polling_interval = 15;
  std::map<std::string, SizeRow> sizes;  // every name in SizeNames()
};

// BuiltInDefaults is what holds without an input.
PlatformDefaults BuiltInDefaults();

// CheckPlatformDefaultsKind refuses an input of another kind or version.
// Errors: INVALID_ARGUMENT, naming what is expected.
absl::Status CheckPlatformDefaultsKind(const xfn::Json& input);

// ReadPlatformDefaults reads the step's input over the built-in defaults; mistakes and unknown fields go to `findings`,
// their paths starting with "input".
PlatformDefaults ReadPlatformDefaults(const xfn::Json& input, Findings& findings);

// StreamReplicas is how many copies of a stream a NATS of that size keeps: 3, or 1 where there are fewer servers. NATS
// up to 2.14.5 accepts an update to more replicas than servers and then cannot recover the stream.
int StreamReplicas(const PlatformDefaults& platform);

}  // namespace agent
