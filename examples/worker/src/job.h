// A job: what the data of a CloudEvent must be.
//
//   {"job_id": "j-1", "input": {...}, "agent_definition": {"steps": [{"kind": "template", "name": "draft", ...}, ...]}}
#pragma once

#include <string>
#include <vector>

#include "cloud_event.h"

namespace worker {

struct Step {
  std::string kind;
  std::string name;  // how later steps call its output; its index when not given
  Json spec;
};

struct Job {
  std::string id;
  Json input;
  std::vector<Step> steps;
};

// JobId throws Poison when there is none, or one that could not be part of a header and of a channel's name: 1 to 200
// letters, digits, '-', '_', '.', ':'.
std::string JobId(const Json& data);

// ParseJob throws Poison that names the path of the first mistake.
Job ParseJob(const Json& data);

}  // namespace worker
