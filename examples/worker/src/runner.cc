#include "runner.h"

#include <algorithm>
#include <thread>

#include "fault.h"
#include "heartbeat.h"
#include "log.h"

namespace worker {
namespace {

constexpr std::chrono::milliseconds kLockPoll{200};
constexpr std::chrono::seconds kLongestDelay{60};

// The worker ends while another one has the job.
struct InOtherHands : std::runtime_error {
  using runtime_error::runtime_error;
};

// A failed job, and why.
Json Failure(const std::string& error) { return {{"error", error}}; }

Json ScopeOf(const Job& job, const std::vector<Json>& outputs) {
  Json scope = {{"job_id", job.id}, {"input", job.input}, {"steps", Json::object()}};
  for (std::size_t i = 0; i < outputs.size(); ++i) scope["steps"][job.steps[i].name] = outputs[i];
  return scope;
}

}  // namespace

Runner::Runner(const Config& config, Queue& queue, Store& store, Channel& channel, Metrics& metrics,
               const std::atomic<bool>& stop)
    : queue_(queue),
      store_(store),
      channel_(channel),
      metrics_(metrics),
      stop_(stop),
      chat_(config.openai_key, config.anthropic_key, [](auto delay) { std::this_thread::sleep_for(delay); }),
      source_("/" + config.stream + "/" + config.consumer) {}

void Runner::Handle(Message message) {
  metrics_.SetInFlight(1);
  if (message.Deliveries() > 1) metrics_.CountRedelivery();
  try {
    {
      const Heartbeat heartbeat(message, queue_.Heartbeat());
      Work(message);
    }
    Acknowledge(message);
  } catch (const Poison& fault) {
    Bury(message, fault.what(), "failed");
  } catch (const InOtherHands& fault) {
    GiveBack(message, fault.what());
  } catch (const std::exception& fault) {
    if (message.IsLastDelivery()) {
      Bury(message, fault.what(), "dead");
    } else {
      GiveBack(message, fault.what());
    }
  }
  metrics_.SetInFlight(0);
}

// A lost acknowledgement costs one more delivery, which finds the job finished.
void Runner::Acknowledge(Message& message) {
  metrics_.CountJob("completed");
  try {
    message.Ack();
  } catch (const Transient& fault) {
    LogError("message not acknowledged", {{"reason", fault.what()}});
  }
}

void Runner::Work(const Message& message) {
  const CloudEvent event = ParseCloudEvent([&](const char* name) { return message.Header(name); }, message.Body());
  const std::string job_id = JobId(event.data);
  Lock(job_id);
  struct Unlocker {
    Store& store;
    const std::string& job_id;
    ~Unlocker() { store.Unlock(job_id); }
  } const unlocker{store_, job_id};
  try {
    Run(event.data, job_id);
  } catch (const Poison& fault) {
    Finish(job_id, "failed", Failure(fault.what()));
    throw;
  } catch (const Transient& fault) {
    // Whoever waits is told. The job stays as it is, so that it can go on when it is sent again.
    if (message.IsLastDelivery()) Announce(job_id, "failed", Failure(fault.what()), "");
    throw;
  }
}

// A job delivered twice at once: the second delivery waits here, and then finds the job finished, or its worker gone.
void Runner::Lock(const std::string& job_id) {
  while (!store_.TryLock(job_id)) {
    if (stop_) throw InOtherHands("another worker has the job, and this one ends");
    std::this_thread::sleep_for(kLockPoll);
  }
}

void Runner::Run(const Json& data, const std::string& job_id) {
  JobRecord record = store_.Open(job_id);
  if (record.status == "failed") throw Poison(record.result.value("error", ""));
  if (record.status == "completed") return Announce(job_id, record.status, record.result, record.finished_at);
  RunSteps(ParseJob(data), std::move(record));
}

void Runner::RunSteps(const Job& job, JobRecord record) {
  std::vector<Json>& outputs = record.outputs;
  if (outputs.size() > job.steps.size()) throw Poison("agent_definition.steps: fewer than this job has already done");
  if (!outputs.empty()) LogInfo("job resumed", {{"job", job.id}, {"step", std::to_string(outputs.size())}});
  for (std::size_t i = outputs.size(); i < job.steps.size(); ++i) {
    const auto start = std::chrono::steady_clock::now();
    Outcome outcome = RunStep(job.steps[i], ScopeOf(job, outputs), chat_);
    store_.Commit(job.id, i, outcome);
    metrics_.ObserveStep(job.steps[i].kind, std::chrono::steady_clock::now() - start);
    channel_.Publish(job.id, {{"event", "step"}, {"step", i}, {"name", job.steps[i].name}, {"output", outcome.output}});
    outputs.push_back(std::move(outcome.output));
  }
  Finish(job.id, "completed", {{"outputs", ScopeOf(job, outputs)["steps"]}});
}

void Runner::Finish(const std::string& job_id, const std::string& status, const Json& result) {
  Announce(job_id, status, result, store_.Finish(job_id, status, result));
}

// The same event each time, so that a stream with duplicate detection keeps one.
void Runner::Announce(const std::string& job_id, const std::string& status, const Json& result,
                      const std::string& time) {
  CloudEvent event{job_id + "/" + status, source_, "agent.status." + status, result};
  event.data["job_id"] = job_id;
  event.data["status"] = status;
  queue_.Announce(event.type, event.id, ToStructured(event, job_id, time));
  channel_.Publish(job_id, {{"event", "end"}, {"status", status}});
  LogInfo("job " + status, {{"job", job_id}});
}

void Runner::Bury(Message& message, const std::string& reason, const char* result) {
  try {
    queue_.Bury(message, reason);
    message.Term();
  } catch (const std::exception& fault) {
    LogError("dead letter not stored", {{"reason", fault.what()}});
    return GiveBack(message, reason);
  }
  metrics_.CountJob(result);
  LogError("message moved to the dead letters", {{"sequence", std::to_string(message.Sequence())}, {"reason", reason}});
}

void Runner::GiveBack(Message& message, const std::string& reason) {
  const std::chrono::seconds delay = RedeliveryDelay(message.Deliveries());
  metrics_.CountJob("retried");
  LogError("message given back", {{"sequence", std::to_string(message.Sequence())},
                                  {"deliveries", std::to_string(message.Deliveries())},
                                  {"delay", std::to_string(delay.count()) + "s"},
                                  {"reason", reason}});
  try {
    message.Nak(delay);
  } catch (const std::exception& fault) {
    LogError("message not given back", {{"reason", fault.what()}});
  }
}

std::chrono::seconds RedeliveryDelay(std::uint64_t deliveries) {
  const auto exponent = std::min<std::uint64_t>(deliveries, 10) - 1;
  return std::min(std::chrono::seconds(1LL << (2 * exponent)), kLongestDelay);
}

}  // namespace worker
