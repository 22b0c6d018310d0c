#include "steps.h"

#include <chrono>
#include <sstream>
#include <thread>

#include "fault.h"

namespace worker {
namespace {

constexpr double kLongestWaitSeconds = 3600;

struct Field {
  const char* name;
  Json::value_t type;
  bool required = true;
};

struct Kind {
  const char* name;
  std::vector<Field> fields;
  Outcome (*run)(const Json& spec, const Json& scope, const Chat& chat);
};

Outcome RunTemplate(const Json& spec, const Json& scope, const Chat&) { return {Fill(spec["text"], scope)}; }

Outcome RunWait(const Json& spec, const Json&, const Chat&) {
  std::this_thread::sleep_for(std::chrono::duration<double>(spec["seconds"].get<double>()));
  return {spec["seconds"]};
}

Outcome RunRecord(const Json& spec, const Json& scope, const Chat&) {
  Effect effect{Fill(spec["key"], scope), Fill(spec["value"], scope)};
  return {effect.value, effect};
}

Outcome RunChat(const Json& spec, const Json& scope, const Chat& chat) {
  return {chat.Complete({spec.value("provider", "openai"), spec.value("base_url", ""), spec["model"],
                         Fill(spec.value("system", ""), scope), Fill(spec["prompt"], scope)})};
}

constexpr auto kText = Json::value_t::string;

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds = {
      {"chat",
       {{"model", kText},
        {"prompt", kText},
        {"system", kText, false},
        {"provider", kText, false},
        {"base_url", kText, false}},
       RunChat},
      {"record", {{"key", kText}, {"value", kText}}, RunRecord},
      {"template", {{"text", kText}}, RunTemplate},
      {"wait", {{"seconds", Json::value_t::number_float}}, RunWait},
  };
  return kinds;
}

const Kind& KindOf(const std::string& name, const std::string& path) {
  std::string known;
  for (const Kind& kind : Kinds()) {
    if (kind.name == name) return kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  throw Poison(path + ".kind: must be one of " + known);
}

void CheckField(const Field& field, const Json& spec, const std::string& path) {
  const auto found = spec.find(field.name);
  if (found == spec.end() && !field.required) return;
  if (field.type == kText) {
    if (found == spec.end() || !found->is_string()) throw Poison(path + "." + field.name + ": must be a string");
    return;
  }
  if (found == spec.end() || !found->is_number() || *found < 0 || *found > kLongestWaitSeconds) {
    throw Poison(path + "." + field.name + ": must be a number from 0 to 3600");
  }
}

const Json* Find(const Json& scope, const std::string& path) {
  const Json* at = &scope;
  std::istringstream keys(path);
  for (std::string key; std::getline(keys, key, '.');) {
    if (!at->is_object() || !at->contains(key)) return nullptr;
    at = &(*at)[key];
  }
  return at;
}

}  // namespace

void CheckStep(const Step& step, const std::string& path) {
  for (const Field& field : KindOf(step.kind, path).fields) CheckField(field, step.spec, path);
  if (step.kind == "chat") Chat::Check(step.spec.value("provider", "openai"), step.spec.value("base_url", ""), path);
}

Outcome RunStep(const Step& step, const Json& scope, const Chat& chat) {
  return KindOf(step.kind, step.name).run(step.spec, scope, chat);
}

std::string Fill(const std::string& text, const Json& scope) {
  std::string filled;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find("{{", at)) != std::string::npos;) {
    const std::size_t close = text.find("}}", open);
    if (close == std::string::npos) break;
    const std::string path = text.substr(open + 2, close - open - 2);
    const Json* value = Find(scope, path);
    if (value == nullptr) throw Poison("{{" + path + "}} has no value");
    filled += text.substr(at, open - at) + (value->is_string() ? value->get<std::string>() : value->dump());
    at = close + 2;
  }
  return filled + text.substr(at);
}

}  // namespace worker
