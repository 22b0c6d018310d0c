// Consumer (NACK, jetstream.nats.io/v1beta2): the durable pull consumer that all replicas share. Written out in full
// for the reasons that stream.cc gives; NACK's defaults (no acknowledgement, an ackWait of 1 ns) would lose jobs.
#include "fmt/format.h"
#include "resources/common.h"
#include "resources/jetstream.h"
#include "xfn/field_path.h"

namespace agent {
namespace {

using xfn::Json;

Json Build(const Plan& plan) {
  const AgentExecutor& executor = plan.executor;
  Json consumer = ObjectOf("jetstream.nats.io/v1beta2", "Consumer", plan.names.consumer, plan);
  consumer["spec"] = {
      {"streamName", executor.nats_stream_name},
      {"durableName", executor.nats_consumer_group},
      {"description", fmt::format("Workers of AgentExecutor {}/{}", executor.ns, executor.name)},
      {"ackPolicy", "explicit"},
      {"ackWait", executor.job_timeout},
      {"deliverPolicy", "all"},
      {"replayPolicy", "instant"},
      {"filterSubject", executor.nats_stream_name + ".>"},
      {"maxDeliver", kMaxDeliver},
      {"maxAckPending", kMaxAckPending},
  };
  return consumer;
}

void Keep(const Json& observed, AgentExecutor& executor, std::vector<std::string>& kept) {
  KeepName(xfn::FindString(observed, {"spec", "durableName"}), "spec.natsConsumerGroup",
           "NATS cannot rename a durable consumer, and a workqueue stream allows no second one",
           executor.nats_consumer_group, kept);
}

constexpr Immutable kImmutable[] = {
    {"spec.deliverPolicy", "NATS cannot change the deliver policy of a consumer"},
    {"spec.ackPolicy", "NATS cannot change the ack policy of a consumer"},
    {"spec.replayPolicy", "NATS cannot change the replay policy of a consumer"},
};

constexpr Wait kAfter[] = {{"agent-stream", Wait::Until::kReady}};

}  // namespace

extern const Kind consumer_kind;
const Kind consumer_kind{
    .key = "agent-consumer",
    .noun = "Consumer",
    .condition = "ConsumerReady",
    .name = [](const Names& names) { return names.consumer; },
    .build = Build,
    .assess = NackReady,
    .after = kAfter,
    .immutable = kImmutable,
    .keep = Keep,
};

}  // namespace agent
