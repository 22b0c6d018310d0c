#include "cli/step.h"

#include <utility>

#include "cli/manifests.h"
#include "fmt/format.h"
#include "xfn/field_path.h"
#include "xfn/status.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;

// The package manager derives a function's name from its repository path, so only the end of it is fixed.
constexpr char kFunctionName[] = "function-agent-executor";

absl::Status CheckKind(const Json& composition, const Json& composite) {
  const auto version = FindString(composition, FieldPath{"spec", "compositeTypeRef", "apiVersion"});
  const auto kind = FindString(composition, FieldPath{"spec", "compositeTypeRef", "kind"});
  const auto got_version = FindString(composite, FieldPath{"apiVersion"});
  const auto got_kind = FindString(composite, FieldPath{"kind"});
  if (version == got_version && kind == got_kind) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("the Composition is for {} {}, the composite is a {} {}", version, kind, got_version, got_kind));
}

}  // namespace

absl::StatusOr<Step> StepOf(const Json& composition, const Json& composite) {
  if (auto status = CheckKind(composition, composite); !status.ok()) return status;
  const Json* pipeline = xfn::Find(composition, FieldPath{"spec", "pipeline"});
  if (pipeline == nullptr || !pipeline->is_array()) {
    return absl::InvalidArgumentError("the Composition has no spec.pipeline");
  }
  if (pipeline->size() != 1 ||
      !FindString(pipeline->front(), FieldPath{"functionRef", "name"}).ends_with(kFunctionName)) {
    return absl::InvalidArgumentError(
        fmt::format("the Composition must have one step, which runs {}; preview a longer pipeline with "
                    "`crossplane composition render`",
                    kFunctionName));
  }
  const Json& only = pipeline->front();
  Step step{.composition = std::string(FindString(composition, FieldPath{"metadata", "name"})),
            .name = std::string(FindString(only, FieldPath{"step"})),
            .input = std::nullopt};
  if (const Json* input = xfn::Find(only, FieldPath{"input"})) step.input = *input;
  return step;
}

absl::StatusOr<Step> ReadStep(const std::string& composition_file, const std::string& input_file,
                              const Json& composite) {
  if (!composition_file.empty()) {
    auto composition = ReadManifest(composition_file);
    if (!composition.ok()) return composition.status();
    auto step = StepOf(*composition, composite);
    if (step.ok()) return step;
    return absl::InvalidArgumentError(fmt::format("cannot use {}: {}", composition_file, xfn::Message(step.status())));
  }
  Step step;
  if (input_file.empty()) return step;
  auto input = ReadManifest(input_file);
  if (!input.ok()) return input.status();
  step.input = *std::move(input);
  return step;
}

}  // namespace agent::cli
