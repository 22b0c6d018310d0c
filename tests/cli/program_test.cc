#include "cli/program.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "fixture.h"

namespace agent::cli {
namespace {

using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

struct Outcome {
  int code;
  std::string out, err;
};

// RunWith runs the program on these arguments, with the function of the fixture.
Outcome RunWith(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"function-agent-executor"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out, err;
  const int code = Run(static_cast<int>(argv.size()), argv.data(), Small, out, err);
  return {code, out.str(), err.str()};
}

TEST_CASE("help and version") {
  for (const char* name : {"serve", "render", "validate", "version"})
    CHECK_THAT(RunWith({"--help"}).out, Contains(name));
  CHECK_THAT(RunWith({"render", "--help"}).out, Contains("--converge"));
  CHECK(RunWith({"--version"}).out == RunWith({"version"}).out);
  CHECK(RunWith({"version"}).code == 0);
}

TEST_CASE("a wrong argument is one line and exit code 2") {
  struct Row {
    std::string reason;
    std::vector<std::string> arguments;
    std::string want;
  };
  const Row rows[] = {
      {"unknown flag", {"--bogus"}, "--bogus"},
      {"unknown subcommand", {"destroy"}, "destroy"},
      {"no file", {"render"}, "XR is required"},
      {"both inputs", {"render", "x.yaml", "--input", "a", "--composition", "b"}, "--input"},
      {"two composites", {"render", "a.yaml", "b.yaml"}, "b.yaml"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const Outcome outcome = RunWith(row.arguments);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, StartsWith("function-agent-executor: ") && Contains(row.want));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
}

TEST_CASE("render composes by a call over the network") {
  Files files;
  const Outcome outcome = RunWith({"render", files.Add("xr.yaml", kComposite)});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, StartsWith("---\napiVersion: example.org/v1\n") && Contains("\n---\napiVersion: v1\n") &&
                              EndsWith("# waiting: AppReady: Deployment app waits for the ConfigMap\n"));
  auto documents = xfn::ParseYaml(outcome.out);
  REQUIRE(documents.ok());
  CHECK(documents->size() == 2);
}

TEST_CASE("what render prints can be observed by the next one") {
  Files files;
  const auto xr = files.Add("xr.yaml", kComposite);
  auto first = xfn::ParseYaml(RunWith({"render", xr}).out);
  REQUIRE(first.ok());
  const auto observed = files.Add("observed.yaml", xfn::ToYaml(first->at(1)));
  const Outcome second = RunWith({"render", xr, "--observed", observed, "--results", "--full-xr"});
  INFO(second.err);
  CHECK(second.code == 0);
  CHECK_THAT(second.out, Contains("color: red") && Contains("kind: Deployment") && Contains("kind: Result"));
}

TEST_CASE("render --converge prints the end state and nothing that waits") {
  Files files;
  const Outcome outcome = RunWith({"render", "--converge", files.Add("xr.yaml", kComposite)});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("kind: Deployment") && !Contains("# waiting"));
}

TEST_CASE("render fails with a reason, and prints no YAML") {
  Files files;
  const auto fatal = files.Add("fatal.yaml", "{apiVersion: example.org/v1, kind: Thing, metadata: {name: a}}");
  struct Row {
    std::string reason;
    std::vector<std::string> arguments;
    int code;
    std::string want;
  };
  const Row rows[] = {
      {"missing file", {"render", "none.yaml"}, 1, "cannot render none.yaml: cannot read none.yaml: No such file"},
      {"fatal result", {"render", fatal}, 3, "fatal result:\nspec.color: Required value\nspec.size: Required value\n"},
      {"fatal result on the way", {"render", "--converge", fatal}, 3, "spec.color: Required value"},
      {"missing input", {"render", fatal, "--input", "none.yaml"}, 1, "cannot read none.yaml"},
      {"nobody serves there",
       {"render", fatal, "--address", "127.0.0.1:1"},
       1,
       "cannot call the function at 127.0.0.1:1"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const Outcome outcome = RunWith(row.arguments);
    CHECK(outcome.code == row.code);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Contains(row.want));
  }
}

TEST_CASE("validate tells every violation of every file") {
  Files files;
  const auto good = files.Add("good.yaml", kComposite);
  const auto bad = files.Add("bad.yaml", "{apiVersion: example.org/v1, kind: Thing, metadata: {name: a}}");
  const Outcome outcome = RunWith({"validate", good, bad, "none.yaml"});
  CHECK(outcome.code == 1);
  CHECK(outcome.out == good + ": demo is valid\n");
  CHECK_THAT(outcome.err,
             Contains("spec.color: Required value\nspec.size: Required value\n") && Contains("cannot read none.yaml"));
  CHECK(RunWith({"validate", good}).code == 0);
}

}  // namespace
}  // namespace agent::cli
