#include <algorithm>
#include <ostream>
#include <vector>

#include "absl/status/status.h"
#include "cli/function_caller.h"
#include "cli/manifests.h"
#include "cli/reconcile.h"
#include "cli/render.h"
#include "cli/step.h"
#include "fmt/format.h"
#include "xfn/field_path.h"
#include "xfn/status.h"

namespace agent::cli {
namespace {

// Check asks the function about one composite. What it would compose is dropped.
absl::Status Check(const ValidateOptions& options, const FunctionCaller& call, const xfn::Json& composite) {
  auto step = ReadStep(options.composition, options.input, composite);
  if (!step.ok()) return step.status();
  return Reconcile(call, *step, Cluster{.composite = composite, .composed = {}, .others = {}}).status();
}

int CheckFile(const ValidateOptions& options, const FunctionCaller& call, const std::string& file, std::ostream& out,
              std::ostream& err) {
  auto composites = ReadManifests(file);
  if (!composites.ok()) {
    err << xfn::Message(composites.status()) << '\n';
    return kFailed;
  }
  int code = kOk;
  for (const xfn::Json& composite : *composites) {
    const auto name = xfn::FindString(composite, xfn::FieldPath{"metadata", "name"});
    if (absl::Status status = Check(options, call, composite); !status.ok()) {
      err << file << ": " << name << " is invalid: " << xfn::Message(status) << '\n';
      code = kFailed;
      continue;
    }
    out << file << ": " << name << " is valid\n";
  }
  return code;
}

}  // namespace

int Validate(const ValidateOptions& options, const xfn::Function& function, std::ostream& out, std::ostream& err) {
  const FunctionCaller call = CallHere(function);
  int code = kOk;
  for (const std::string& file : options.composites) code = std::max(code, CheckFile(options, call, file, out, err));
  return code;
}

}  // namespace agent::cli
