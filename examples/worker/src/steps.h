// What an agent can do. Each kind is one row in steps.cc: what its spec must hold, and how it runs.
//
//   template  {"text": "Dear {{input.name}}: {{steps.draft}}"}      the text, filled
//   wait      {"seconds": 0.5}                                      the seconds
//   chat      {"model": "...", "prompt": "...", "provider": "openai", "base_url": "..."}    the answer (chat.h)
//   record    {"key": "...", "value": "..."}                        the value, and a row in table `effects`
//
// {{PATH}} in a text stands for a value of the scope: input.*, steps.NAME (an output), job_id.
#pragma once

#include <optional>
#include <string>

#include "chat.h"
#include "job.h"

namespace worker {

// What a job changes outside of itself. The store writes it in the transaction that marks its step as done.
struct Effect {
  std::string key;
  std::string value;
};

struct Outcome {
  Json output;
  std::optional<Effect> effect = std::nullopt;
};

// CheckStep throws Poison when the step's kind is unknown or its spec wrong; `path` begins the message.
void CheckStep(const Step& step, const std::string& path);

// RunStep throws Poison or Transient. It changes nothing by itself. REQUIRES: CheckStep has passed.
Outcome RunStep(const Step& step, const Json& scope, const Chat& chat);

// Fill throws Poison when the text refers to a value that the scope does not have.
std::string Fill(const std::string& text, const Json& scope);

}  // namespace worker
