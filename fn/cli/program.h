// The program: which subcommand runs, and its flags.
#pragma once

#include <iosfwd>

#include "xfn/function.h"

namespace agent::cli {

// Run reads the arguments and does what they say; without a subcommand it serves `function`. Returns the exit code of
// the process: 0; 1, it could not be done; 2, an argument is wrong; 3, the function returned a fatal result.
int Run(int argc, const char* const* argv, const xfn::Function& function, std::ostream& out, std::ostream& err);

}  // namespace agent::cli
