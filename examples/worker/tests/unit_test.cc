#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "config.h"
#include "fault.h"
#include "metrics.h"
#include "queue.h"
#include "runner.h"

namespace worker {
namespace {

// What `run` threw as an F, or "".
template <typename F, typename Run>
std::string Thrown(Run run) {
  try {
    run();
  } catch (const F& fault) {
    return fault.what();
  }
  return "";
}

using Map = std::map<std::string, std::string>;

Header In(const Map& headers) {
  return [&headers](const char* name) { return headers.contains(name) ? headers.at(name) : ""; };
}

TEST_CASE("a CloudEvent is read in both modes, and nothing else is") {
  const Map none, binary = {{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
  struct {
    const char* reason;
    Map headers;
    const char* body;
    const char* poison;  // "" when it is one
  } rows[] = {
      {"structured", none, R"({"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"a":1}})", ""},
      {"binary", binary, R"({"a":1})", ""},
      {"no JSON", none, "{", "not a CloudEvent: the body is not JSON"},
      {"invalid UTF-8", none, "\"\xff\"", "not a CloudEvent: the body is not JSON"},
      {"binary, no JSON", binary, "", "not a CloudEvent: the body is not JSON"},
      {"a list", none, "[]", "not a CloudEvent: the body is no JSON object"},
      {"no specversion", none, "{}", "not a CloudEvent: no specversion"},
      {"of the past", none, R"({"specversion":"0.3"})", "not a CloudEvent of version 1.0 but 0.3"},
      {"a number for an id", none, R"({"specversion":"1.0","id":1})", "not a CloudEvent: no id"},
      {"no source", none, R"({"specversion":"1.0","id":"1","source":""})", "not a CloudEvent: no source"},
      {"no type", none, R"({"specversion":"1.0","id":"1","source":"/s"})", "not a CloudEvent: no type"},
      {"no data", none, R"({"specversion":"1.0","id":"1","source":"/s","type":"t"})", "the CloudEvent has no data"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    CloudEvent event;
    CHECK(Thrown<Poison>([&] { event = ParseCloudEvent(In(row.headers), row.body); }) == row.poison);
    if (*row.poison == '\0')
      CHECK(Json{event.id, event.source, event.type, event.data} == Json{"1", "/s", "t", {{"a", 1}}});
  }
}

TEST_CASE("an event that is written can be read") {
  const CloudEvent event{"j/completed", "/S/c", "agent.status.completed", {{"a", "ä"}}};
  const std::string text = ToStructured(event, "j", "2026-01-02T03:04:05Z");
  CHECK(ParseCloudEvent(In({}), text).data == event.data);
  CHECK(Json::parse(text)["time"] == "2026-01-02T03:04:05Z");
  CHECK_FALSE(Json::parse(ToStructured(event, "j", "")).contains("time"));
}

TEST_CASE("a job's mistakes are named by path") {
  const struct {
    const char* reason;
    const char* data;
    const char* poison;
  } rows[] = {
      {"all kinds", R"({"job_id":"a.B:c_1-","agent_definition":{"steps":[{"kind":"template","text":""},
         {"kind":"wait","seconds":0},{"kind":"chat","model":"m","prompt":"p"},{"kind":"record","key":"k","value":"v"}]}})",
       ""},
      {"no object", "[]", "not a job: no job_id"},
      {"a number for an id", R"({"job_id":1})", "not a job: no job_id"},
      {"an id of several words", R"({"job_id":"a b"})",
       "not a job: job_id must be 1 to 200 letters, digits, '-', '_', '.' or ':'"},
      {"an id that ends a header", R"({"job_id":"a\r\n"})",
       "not a job: job_id must be 1 to 200 letters, digits, '-', '_', '.' or ':'"},
      {"no definition", R"({"job_id":"1"})", "agent_definition.steps: must be a list of at least one step"},
      {"no steps", R"({"job_id":"1","agent_definition":{"steps":[]}})",
       "agent_definition.steps: must be a list of at least one step"},
      {"a step that is no object", R"({"job_id":"1","agent_definition":{"steps":[1]}})",
       "agent_definition.steps[0]: must be an object"},
      {"a kind that is no text", R"({"job_id":"1","agent_definition":{"steps":[{"kind":1}]}})",
       "agent_definition.steps[0].kind: must be a string"},
      {"an unknown kind", R"({"job_id":"1","agent_definition":{"steps":[{"kind":"wait","seconds":1},{}]}})",
       "agent_definition.steps[1].kind: must be one of chat, record, template, wait"},
      {"a missing field", R"({"job_id":"1","agent_definition":{"steps":[{"kind":"template"}]}})",
       "agent_definition.steps[0].text: must be a string"},
      {"too long a wait", R"({"job_id":"1","agent_definition":{"steps":[{"kind":"wait","seconds":3601}]}})",
       "agent_definition.steps[0].seconds: must be a number from 0 to 3600"},
      {"an optional field of the wrong type",
       R"({"job_id":"1","agent_definition":{"steps":[{"kind":"chat","model":"m","prompt":"p","system":1}]}})",
       "agent_definition.steps[0].system: must be a string"},
      {"an unknown provider",
       R"({"job_id":"1","agent_definition":{"steps":[{"kind":"chat","model":"m","prompt":"p","provider":"x"}]}})",
       "agent_definition.steps[0].provider: must be one of anthropic, openai"},
      {"a URL without a scheme",
       R"({"job_id":"1","agent_definition":{"steps":[{"kind":"chat","model":"m","prompt":"p","base_url":"x"}]}})",
       "agent_definition.steps[0].base_url: must start with http:// or https://"},
      {"two steps of one name",
       R"({"job_id":"1","agent_definition":{"steps":[{"kind":"wait","seconds":1,"name":"1"},{"kind":"wait","seconds":1}]}})",
       "agent_definition.steps: two are named 1"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    CHECK(Thrown<Poison>([&] { ParseJob(Json::parse(row.data)); }) == row.poison);
  }
}

TEST_CASE("a template is filled from the scope") {
  const Json scope = {{"job_id", "j"}, {"input", {{"n", 1.5}, {"o", {{"t", "x"}}}}}, {"steps", {{"a", "{{job_id}}"}}}};
  const struct {
    const char* text;
    const char* expected;
    const char* poison;
  } rows[] = {
      {"", "", ""},
      {"no place", "no place", ""},
      {"{{job_id}}-{{input.n}}", "j-1.5", ""},
      {"{{input.o.t}} {{input.o}}", R"(x {"t":"x"})", ""},
      {"{{steps.a}}", "{{job_id}}", ""},  // what was filled in is not filled again
      {"{{open", "{{open", ""},
      {"{{input.none}}", "", "{{input.none}} has no value"},
      {"{{input.n.deeper}}", "", "{{input.n.deeper}} has no value"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    std::string filled;
    CHECK(Thrown<Poison>([&] { filled = Fill(row.text, scope); }) == row.poison);
    CHECK(filled == row.expected);
  }
}

TEST_CASE("what the environment lacks is named all at once") {
  Map full = {
      {"PORT", "8080"},          {"NATS_URL", "nats://n"},  {"NATS_STREAM_NAME", "S"},  {"NATS_CONSUMER_GROUP", "c"},
      {"POSTGRES_HOST", "h"},    {"POSTGRES_PORT", "5432"}, {"POSTGRES_DB", "d"},       {"POSTGRES_USER", "u"},
      {"POSTGRES_PASSWORD", ""}, {"DRAGONFLY_HOST", "h"},   {"DRAGONFLY_PORT", "6379"}, {"DRAGONFLY_PASSWORD", ""},
      {"OPENAI_API_KEY", ""},    {"ANTHROPIC_API_KEY", ""}};
  const struct {
    const char* reason;
    Map changes;
    const char* expected;
  } rows[] = {
      {"complete", {}, ""},
      {"empty, and no number",
       {{"NATS_URL", ""}, {"POSTGRES_PORT", "x"}},
       "cannot read the environment: NATS_URL is empty, POSTGRES_PORT is not a port"},
      {"out of range",
       {{"PORT", "65536"}, {"DRAGONFLY_PORT", "0"}},
       "cannot read the environment: PORT is not a port, DRAGONFLY_PORT is not a port"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    Map all = full;
    for (const auto& [name, value] : row.changes) all[name] = value;
    const Lookup lookup = [&](const char* name) { return all.contains(name) ? all.at(name).c_str() : nullptr; };
    CHECK(Thrown<std::invalid_argument>([&] { ReadConfig(lookup); }) == row.expected);
  }
}

TEST_CASE("delays grow, up to a limit") {
  std::vector<long> redelivery, retry;
  for (std::uint64_t n = 1; n <= 5; ++n) redelivery.push_back(static_cast<long>(RedeliveryDelay(n).count()));
  CHECK(redelivery == std::vector<long>{1, 4, 16, 60, 60});
  CHECK(RedeliveryDelay(1000000) == std::chrono::seconds(60));
  for (int n = 1; n <= 3; ++n) retry.push_back(static_cast<long>(RetryDelay(n, "").value().count()));
  CHECK(retry == std::vector<long>{1, 2, 4});
  CHECK_FALSE(RetryDelay(4, "1").has_value());
}

TEST_CASE("Retry-After is honoured within reason") {
  const struct {
    const char* header;
    int seconds;
  } rows[] = {{"0", 0}, {"7", 7}, {"3600", 60}, {"-1", 1}, {"Wed, 21 Oct 2026 07:28:00 GMT", 1}};
  for (const auto& row : rows) {
    INFO(row.header);
    CHECK(RetryDelay(1, row.header) == std::chrono::seconds(row.seconds));
  }
}

TEST_CASE("only some HTTP statuses are worth another attempt") {
  const std::set<int> transient = {0, 408, 409, 425, 429, 500, 502, 503, 504, 529};
  for (const int status : {0, 301, 400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504, 529}) {
    INFO(status);
    CHECK(IsTransient(status) == transient.contains(status));
  }
}

TEST_CASE("a job by HTTP goes to a subject that the consumer takes") {
  const struct {
    const char* filter;
    const char* subject;
  } rows[] = {{"S.>", "S.agent.execute.http"},           {"", "S.agent.execute.http"}, {">", "agent.execute.http"},
              {"agent.execute.*", "agent.execute.http"}, {"a.*.b.*", "a.http.b.http"}, {"jobs", "jobs"}};
  for (const auto& row : rows) CHECK(SubmitSubject(row.filter, "S") == row.subject);
}

TEST_CASE("metrics are in Prometheus' text format") {
  Metrics metrics;
  metrics.CountJob("completed");
  metrics.CountRedelivery();
  metrics.ObserveStep("wait", std::chrono::milliseconds(100));
  const std::string text = metrics.Text();
  for (const char* line : {"agent_worker_jobs_total{result=\"completed\"} 1\n",
                           "agent_worker_jobs_total{result=\"dead\"} 0\n", "agent_worker_redeliveries_total 1\n",
                           "agent_worker_step_duration_seconds_bucket{kind=\"wait\",le=\"0.05\"} 0\n",
                           "agent_worker_step_duration_seconds_bucket{kind=\"wait\",le=\"0.25\"} 1\n",
                           "agent_worker_step_duration_seconds_bucket{kind=\"wait\",le=\"+Inf\"} 1\n",
                           "agent_worker_step_duration_seconds_sum{kind=\"wait\"} 0.1\n"}) {
    CHECK_THAT(text, Catch::Contains(line));
  }
}

}  // namespace
}  // namespace worker
