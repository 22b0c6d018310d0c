#include "job.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>

#include "fault.h"
#include "steps.h"

namespace worker {
namespace {

bool IsIdCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("-_.:", c) != nullptr; }

Step ParseStep(const Json& spec, std::size_t index) {
  const std::string path = "agent_definition.steps[" + std::to_string(index) + "]";
  if (!spec.is_object()) throw Poison(path + ": must be an object");
  const auto text = [&](const char* key, const std::string& absent) {
    const auto found = spec.find(key);
    if (found == spec.end()) return absent;
    if (!found->is_string()) throw Poison(path + "." + key + ": must be a string");
    return found->get<std::string>();
  };
  Step step{text("kind", ""), text("name", std::to_string(index)), spec};
  CheckStep(step, path);
  return step;
}

}  // namespace

std::string JobId(const Json& data) {
  const auto id = data.is_object() ? data.find("job_id") : data.end();
  if (id == data.end() || !id->is_string()) throw Poison("not a job: no job_id");
  const std::string& text = id->get_ref<const std::string&>();
  if (text.empty() || text.size() > 200 || !std::all_of(text.begin(), text.end(), IsIdCharacter)) {
    throw Poison("not a job: job_id must be 1 to 200 letters, digits, '-', '_', '.' or ':'");
  }
  return text;
}

Job ParseJob(const Json& data) {
  Job job{JobId(data), data.value("input", Json::object()), {}};
  const Json definition = data.value("agent_definition", Json());
  const Json steps = definition.is_object() ? definition.value("steps", Json()) : Json();
  if (!steps.is_array() || steps.empty()) throw Poison("agent_definition.steps: must be a list of at least one step");
  std::set<std::string> names;
  for (const Json& spec : steps) {
    job.steps.push_back(ParseStep(spec, job.steps.size()));
    const std::string& name = job.steps.back().name;
    if (!names.insert(name).second) throw Poison("agent_definition.steps: two are named " + name);
  }
  return job;
}

}  // namespace worker
