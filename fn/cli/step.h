// Step: what a Composition says about the pipeline step that runs this function.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "xfn/json.h"

namespace agent::cli {

struct Step {
  std::string composition = "agentexecutors.platform.bizmatters.io";  // name of the Composition
  std::string name = "compose-agent-executor";  // name of the step; Crossplane's messages carry it
  std::optional<xfn::Json> input;
};

// StepOf finds the step of `composition` whose functionRef names this function. `composite` must be of the kind that
// the Composition is for. Errors: INVALID_ARGUMENT when it is not, or there is no such step, or other steps stand
// beside it: this program runs no other functions.
absl::StatusOr<Step> StepOf(const xfn::Json& composition, const xfn::Json& composite);

// ReadStep reads the step from the file of a Composition, or its input alone from the file of an input; with both names
// empty the step has no input. Errors: those of ReadManifest and StepOf, naming the file.
absl::StatusOr<Step> ReadStep(const std::string& composition_file, const std::string& input_file,
                              const xfn::Json& composite);

}  // namespace agent::cli
