#include "compose/compose.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/agent_executor.h"
#include "api/platform_defaults.h"
#include "compose/conditions.h"
#include "compose/secrets.h"
#include "compose/stream_owner.h"
#include "fmt/format.h"
#include "resources/common.h"
#include "resources/kind.h"
#include "xfn/field_path.h"
#include "xfn/status.h"

namespace agent {
namespace {

using xfn::FieldPath;
using xfn::Json;

// Crossplane must ask again by itself: nothing tells it when a Secret changes, and its circuit breaker, which a new
// composite nearly opens, drops for minutes what it is told of the objects, and of edits. Soon while anything is waited
// for or the breaker is open, rarely otherwise.
constexpr absl::Duration kWaitingTtl = absl::Seconds(30);
constexpr absl::Duration kConvergedTtl = absl::Minutes(5);

// Observed is what the request says there is, decoded once.
struct Observed {
  Json composite;
  std::vector<std::pair<const Kind*, std::optional<Json>>> objects;  // in the order of Kinds()
};

absl::Status CheckKind(const Json& composite) {
  const std::string_view api_version = xfn::FindString(composite, FieldPath{"apiVersion"});
  const std::string_view kind = xfn::FindString(composite, FieldPath{"kind"});
  if (api_version == kApiVersion && kind == kKind) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot compose: the composite is \"{}\" of \"{}\", expected \"{}\" of \"{}\"", kind, api_version,
                  kKind, kApiVersion));
}

// What no kind looks at in an observed object; a Deployment's pod template is most of it.
const xfn::SkipPaths& Unread() {
  static const auto& paths = *new xfn::SkipPaths{
      {"metadata", "annotations"}, {"metadata", "labels"}, {"metadata", "ownerReferences"}, {"spec", "template"}};
  return paths;
}

absl::StatusOr<Observed> Read(const xfn::Request& request) {
  auto composite = request.ObservedComposite();
  if (!composite.ok()) return composite.status();
  if (!composite->has_value()) return absl::InvalidArgumentError("cannot compose: observed.composite: Required value");
  Observed observed{**std::move(composite), {}};
  if (absl::Status status = CheckKind(observed.composite); !status.ok()) return status;
  for (const Kind* kind : Kinds()) {
    auto object = request.ObservedResource(kind->key, Unread());
    if (!object.ok()) return object.status();
    observed.objects.emplace_back(kind, *std::move(object));
  }
  return observed;
}

absl::StatusOr<PlatformDefaults> ReadInput(const xfn::Request& request, Findings& findings) {
  auto input = request.Input();
  if (!input.ok()) return input.status();
  if (!input->has_value()) return BuiltInDefaults();
  if (absl::Status status = CheckPlatformDefaultsKind(**input); !status.ok()) return status;
  return ReadPlatformDefaults(**input, findings);
}

Outcome Assess(const Kind& kind, const Names& names, const std::optional<Json>& object) {
  Outcome outcome{.kind = &kind, .name = kind.name(names), .desired = object.has_value(), .assessment = {}};
  if (object) outcome.assessment = kind.assess(*object);
  return outcome;
}

const Outcome& Find(const std::vector<Outcome>& outcomes, std::string_view key) {
  return *std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& o) { return o.kind->key == key; });
}

const std::optional<Json>& Find(const Observed& observed, std::string_view key) {
  return std::find_if(observed.objects.begin(), observed.objects.end(),
                      [&](const auto& entry) { return entry.first->key == key; })
      ->second;
}

// Gate decides whether an object that is not there yet may be created now, and says what it waits for.
void Gate(Outcome& outcome, const Observed& observed, const std::vector<Outcome>& outcomes, bool secrets_ready) {
  outcome.desired = true;
  outcome.assessment.message = "being created";
  for (const Wait& wait : outcome.kind->after) {
    const Outcome& other = Find(outcomes, wait.key);
    const bool exists = Find(observed, wait.key).has_value();
    if (wait.until == Wait::Until::kExists ? exists : exists && other.assessment.ready) continue;
    outcome.desired = false;
    outcome.assessment.message = fmt::format("created when {} {} {}", other.kind->noun, other.name,
                                             wait.until == Wait::Until::kExists ? "exists" : "is ready");
    return;
  }
  if (!outcome.kind->after_secrets || secrets_ready) return;
  outcome.desired = false;
  outcome.assessment.message = "created when its Secrets are there; see SecretsReady";
}

std::vector<Outcome> AssessAll(const Names& names, const Observed& observed) {
  std::vector<Outcome> outcomes;
  for (const auto& [kind, object] : observed.objects) outcomes.push_back(Assess(*kind, names, object));
  return outcomes;
}

// KeepImmutable puts observed values of fields that cannot change into what was built.
void KeepImmutable(const Outcome& outcome, const Json& object, Json& built, std::vector<std::string>& kept) {
  for (const Immutable& field : outcome.kind->immutable) {
    const auto path = FieldPath::Parse(field.path);
    const Json* before = xfn::Find(object, *path);
    Json* now = xfn::Find(built, *path);
    if (before == nullptr || now == nullptr || *before == *now) continue;
    kept.push_back(fmt::format("{} of {} {} stays {}: {}", field.path, outcome.kind->noun, outcome.name, before->dump(),
                               field.why));
    *now = *before;
  }
}

// CheckKey refuses to overwrite another step's object of another kind.
absl::Status CheckKey(const xfn::Request& request, std::string_view key, const Json& built) {
  auto earlier = request.DesiredResource(key);
  if (!earlier.ok()) return earlier.status();
  if (!earlier->has_value() || (**earlier).value("kind", "") == built.at("kind")) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot desire {} \"{}\": an earlier pipeline step desires a {} under that name",
                  built.at("kind").get<std::string>(), key, (**earlier).value("kind", "")));
}

absl::Status Desire(const xfn::Request& request, const Plan& plan, const Observed& observed,
                    const std::vector<Outcome>& outcomes, std::vector<std::string>& kept, xfn::Response& response) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].desired) continue;
    const Kind& kind = *outcomes[i].kind;
    Json built = kind.build(plan);
    if (const auto& object = observed.objects[i].second) KeepImmutable(outcomes[i], *object, built, kept);
    if (absl::Status status = CheckKey(request, kind.key, built); !status.ok()) return status;
    const xfn::Ready ready = outcomes[i].assessment.ready ? xfn::Ready::kTrue : xfn::Ready::kFalse;
    if (absl::Status status = response.SetDesired(kind.key, built, ready); !status.ok()) return status;
  }
  return absl::OkStatus();
}

Json StatusOf(const Plan& plan) {
  const AgentExecutor& executor = plan.executor;
  std::string selector;
  for (const auto& [key, value] : Selector(executor.name)) {
    selector += fmt::format("{}{}={}", selector.empty() ? "" : ",", key, value);
  }
  return {{"endpoint", fmt::format("http://{}.{}.svc:8080", plan.names.service, executor.ns)},
          {"stream", executor.nats_stream_name},
          {"consumer", executor.nats_consumer_group},
          {"selector", selector}};
}

void SetConditions(const std::vector<xfn::Condition>& conditions, xfn::Response& response) {
  for (const xfn::Condition& condition : conditions) response.SetCondition(condition);
}

// Refuse answers an invalid spec: the conditions go on telling how the running objects are.
void Refuse(const Findings& findings, std::vector<Outcome> outcomes, xfn::Response& response) {
  for (Outcome& outcome : outcomes) {
    if (!outcome.desired) outcome.assessment.message = "not created while the spec is invalid";
  }
  response.Fatal(findings.errors.ToString());
  response.SetCondition(Validity(findings, {}));
  SetConditions(KindConditions(outcomes), response);
  response.SetCondition(Unknown("SecretsReady", "Secrets are not read while the spec is invalid"));
}

// Deaf tells whether Crossplane's circuit breaker is open for the composite: it says so in a condition of its own.
bool Deaf(const Json& composite) {
  const Json* responsive = ConditionIn(composite, "Responsive");
  return responsive != nullptr && xfn::FindString(*responsive, FieldPath{"status"}) == "False";
}

// Report says how it stands: status, readiness, conditions, what must be seen, and when to ask again.
absl::Status Report(const Json& composite, const Plan& plan, const std::vector<Outcome>& outcomes,
                    const xfn::Condition& valid, const xfn::Condition& secrets, xfn::Response& response) {
  if (absl::Status status = response.MergeCompositeStatus(StatusOf(plan)); !status.ok()) return status;
  // A gated object counts as missing: the composite is ready only with all of them.
  if (std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& o) { return !o.desired; })) {
    if (absl::Status status = response.SetCompositeReady(xfn::Ready::kFalse); !status.ok()) return status;
  }
  response.SetCondition(valid);
  SetConditions(KindConditions(outcomes), response);
  response.SetCondition(secrets);
  const bool converged =
      secrets.status == xfn::ConditionStatus::kTrue &&
      std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& o) { return o.desired && o.assessment.ready; });
  response.SetTtl(converged && !Deaf(composite) ? kConvergedTtl : kWaitingTtl);
  return absl::OkStatus();
}

// CheckOwner finds fault with a stream that another AgentExecutor has. Who has a Stream all the same keeps it, and is
// told.
absl::Status CheckOwner(const xfn::Request& request, const AgentExecutor& executor, const Observed& observed,
                        Findings& findings, std::vector<std::string>& kept) {
  auto owner = EarlierOwner(request, executor, Find(observed, "agent-service-account"));
  if (!owner.ok()) return owner.status();
  if (owner->empty()) return absl::OkStatus();
  if (!Find(observed, "agent-stream")) {
    findings.errors.Invalid(FieldPath{"spec", "natsStreamName"}, executor.nats_stream_name,
                            fmt::format("AgentExecutor {} has this stream, and each has its own", *owner));
    return absl::OkStatus();
  }
  kept.push_back(
      fmt::format("spec.natsStreamName \"{}\": AgentExecutor {} had this stream before, and each has its own",
                  executor.nats_stream_name, *owner));
  return absl::OkStatus();
}

// Answer composes a spec that is valid by itself.
absl::Status Answer(const xfn::Request& request, Plan plan, const Observed& observed, std::vector<Outcome> outcomes,
                    Findings& findings, xfn::Response& response) {
  std::vector<std::string> kept;
  for (const auto& [kind, object] : observed.objects) {
    if (object && kind->keep != nullptr) kind->keep(*object, plan.executor, kept);
  }
  RequireSecrets(plan.executor, response);
  RequireStreamOwners(plan.executor, response);
  if (absl::Status status = CheckOwner(request, plan.executor, observed, findings, kept); !status.ok()) return status;
  if (!findings.errors.empty()) {
    Refuse(findings, std::move(outcomes), response);
    return absl::OkStatus();
  }
  auto secrets = SecretsReady(plan.executor, request);
  if (!secrets.ok()) return secrets.status();
  const bool secrets_ready = secrets->status == xfn::ConditionStatus::kTrue;
  for (Outcome& outcome : outcomes) {
    if (!outcome.desired) Gate(outcome, observed, outcomes, secrets_ready);
  }
  if (absl::Status status = Desire(request, plan, observed, outcomes, kept, response); !status.ok()) return status;
  return Report(observed.composite, plan, outcomes, Validity(findings, kept), *secrets, response);
}

}  // namespace

absl::Status Compose(const xfn::Request& request, xfn::Response& response) {
  auto observed = Read(request);
  if (!observed.ok()) return observed.status();
  Findings findings;
  auto platform = ReadInput(request, findings);
  if (!platform.ok()) return platform.status();
  Plan plan{ReadAgentExecutor(observed->composite, findings), *std::move(platform), {}};
  plan.names = NamesOf(plan.executor.name);
  std::vector<Outcome> outcomes = AssessAll(plan.names, *observed);
  if (!findings.errors.empty()) {
    Refuse(findings, std::move(outcomes), response);
    return absl::OkStatus();
  }

  return Answer(request, std::move(plan), *observed, std::move(outcomes), findings, response);
}

}  // namespace agent
