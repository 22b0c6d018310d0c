#include "cloud_event.h"

#include "fault.h"

namespace worker {
namespace {

Json ParseJson(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw Poison("not a CloudEvent: the body is not JSON");
  return json;
}

// Attribute(NAME): what a CloudEvent must have, not empty.
template <typename Find>
CloudEvent Attributes(const Find& find) {
  const auto required = [&](const char* name) {
    std::string value = find(name);
    if (value.empty()) throw Poison(std::string("not a CloudEvent: no ") + name);
    return value;
  };
  if (const std::string version = required("specversion"); version != "1.0") {
    throw Poison("not a CloudEvent of version 1.0 but " + version);
  }
  return {required("id"), required("source"), required("type"), nullptr};
}

CloudEvent ParseStructured(const std::string& body) {
  const Json json = ParseJson(body);
  if (!json.is_object()) throw Poison("not a CloudEvent: the body is no JSON object");
  CloudEvent event = Attributes([&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
  });
  if (!json.contains("data")) throw Poison("the CloudEvent has no data");
  event.data = json["data"];
  return event;
}

}  // namespace

CloudEvent ParseCloudEvent(const Header& header, const std::string& body) {
  if (header("ce-specversion").empty()) return ParseStructured(body);
  CloudEvent event = Attributes([&](const char* name) { return header((std::string("ce-") + name).c_str()); });
  event.data = ParseJson(body);
  return event;
}

std::string ToStructured(const CloudEvent& event, const std::string& subject, const std::string& time) {
  Json json = {{"specversion", "1.0"},
               {"id", event.id},
               {"source", event.source},
               {"type", event.type},
               {"subject", subject},
               {"data", event.data},
               {"datacontenttype", "application/json"}};
  if (!time.empty()) json["time"] = time;
  return json.dump();
}

}  // namespace worker
