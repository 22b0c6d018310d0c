// The smallest function, for tests that start a real process.
#include "xfn/server.h"

int main(int argc, char** argv) {
  return xfn::Main(argc, argv, [](const xfn::Request&, xfn::Response&) { return absl::OkStatus(); });
}
