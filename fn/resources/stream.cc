// Stream (NACK, jetstream.nats.io/v1beta2): the queue that jobs wait in.
//
// Every field is written out and none is zero: NACK leaves a field that is dropped as it is on the server, takes a year
// for a missing maxAge, and loses zero values when it rewrites the object. preventDelete: deleting the object leaves
// the stream and its jobs in NATS. discard new: a full stream refuses the publisher instead of dropping the oldest job.
#include "fmt/format.h"
#include "resources/common.h"
#include "resources/jetstream.h"
#include "xfn/field_path.h"

namespace agent {
namespace {

using xfn::Json;

Json Build(const Plan& plan) {
  const AgentExecutor& executor = plan.executor;
  Json stream = ObjectOf("jetstream.nats.io/v1beta2", "Stream", plan.names.stream, plan);
  stream["spec"] = {
      {"name", executor.nats_stream_name},
      {"description", fmt::format("Jobs of AgentExecutor {}/{}", executor.ns, executor.name)},
      {"subjects", Json::array({executor.nats_stream_name + ".>"})},
      {"storage", "file"},
      {"retention", "workqueue"},
      {"discard", "new"},
      {"maxAge", kStreamMaxAge},
      {"maxBytes", kStreamMaxBytes},
      {"maxMsgs", -1},
      {"maxMsgSize", -1},
      {"maxConsumers", -1},
      {"duplicateWindow", kDuplicateWindow},
      {"replicas", StreamReplicas(plan.platform)},
      {"preventDelete", true},
  };
  return stream;
}

void Keep(const Json& observed, AgentExecutor& executor, std::vector<std::string>& kept) {
  KeepName(xfn::FindString(observed, {"spec", "name"}), "spec.natsStreamName", "NATS cannot rename a stream",
           executor.nats_stream_name, kept);
}

constexpr Immutable kImmutable[] = {
    {"spec.storage", "NATS cannot move a stream to another storage"},
    {"spec.retention", "NATS cannot change the retention of a stream from or to workqueue"},
};

}  // namespace

extern const Kind stream_kind;
const Kind stream_kind{
    .key = "agent-stream",
    .noun = "Stream",
    .condition = "StreamReady",
    .name = [](const Names& names) { return names.stream; },
    .build = Build,
    .assess = NackReady,
    .immutable = kImmutable,
    .keep = Keep,
};

}  // namespace agent
