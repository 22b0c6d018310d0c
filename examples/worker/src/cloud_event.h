// CloudEvents 1.0 (https://github.com/cloudevents/spec) over NATS and HTTP: both bindings carry attributes in headers
// `ce-NAME` (binary mode), or the whole event as JSON (structured mode).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace worker {

using Json = nlohmann::json;

struct CloudEvent {
  std::string id;
  std::string source;
  std::string type;
  Json data;
};

// Header gives the value of a header, or "".
using Header = std::function<std::string(const char* name)>;

// ParseCloudEvent throws Poison when the message is no CloudEvent with JSON data.
CloudEvent ParseCloudEvent(const Header& header, const std::string& body);

// ToStructured is an event in structured mode; `subject` is what it is about, `time` RFC 3339 or "".
std::string ToStructured(const CloudEvent& event, const std::string& subject, const std::string& time);

}  // namespace worker
