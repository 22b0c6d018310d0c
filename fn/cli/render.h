// The subcommands render and validate.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "xfn/function.h"

namespace agent::cli {

// Exit codes; kFatal is the one of Crossplane's own render engine.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kFatal = 3;

// RenderOptions: files and flags of `render`.
struct RenderOptions {
  std::string composite;
  std::string input;        // --input
  std::string composition;  // --composition
  std::vector<std::string> observed;
  std::vector<std::string> required;
  bool converge = false;
  bool results = false;
  bool full_composite = false;
  std::string address;  // of a running server; empty, one is started for the call
};

// Render prints on `out` what a reconcile of the composite applies, and on `err` why it cannot. Returns the exit code.
int Render(const RenderOptions& options, const xfn::Function& function, std::ostream& out, std::ostream& err);

// ValidateOptions: files of `validate`.
struct ValidateOptions {
  std::vector<std::string> composites;
  std::string input;        // --input
  std::string composition;  // --composition
};

// Validate prints on `err` every violation that the function reports for the composites. Returns the exit code.
int Validate(const ValidateOptions& options, const xfn::Function& function, std::ostream& out, std::ostream& err);

}  // namespace agent::cli
