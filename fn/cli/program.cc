#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <ostream>
#include <string>

#include "cli/render.h"
#include "xfn/server.h"

namespace agent::cli {
namespace {

constexpr char kName[] = "function-agent-executor";
constexpr char kVersion[] = "function-agent-executor " PROGRAM_VERSION;

// Command is what the parsed arguments say to do.
using Command = std::function<int()>;

void AddStepFlags(CLI::App& app, std::string& input, std::string& composition) {
  auto* input_flag = app.add_option("--input", input, "The step's input: a PlatformDefaults object")->type_name("FILE");
  app.add_option("--composition", composition, "The Composition to take the step and its input from")
      ->type_name("FILE")
      ->excludes(input_flag);
}

CLI::App& AddRender(CLI::App& app, RenderOptions& options) {
  CLI::App& render = *app.add_subcommand("render", "Print what one reconcile of a composite applies, as YAML");
  render.add_option("XR", options.composite, "The composite")->type_name("FILE")->required();
  AddStepFlags(render, options.input, options.composition);
  render.add_option("-o,--observed", options.observed, "Composed resources that exist; a file or a directory")
      ->type_name("PATH")
      ->allow_extra_args(false);
  render.add_option("-e,--required", options.required, "Objects that the function may require; a file or a directory")
      ->type_name("PATH")
      ->allow_extra_args(false);
  render.add_flag("--converge", options.converge,
                  "Reconcile until nothing changes, each applied object taken as ready, and print the end state");
  render.add_flag("-r,--results", options.results, "Print the events too, as objects of kind Result");
  render.add_flag("-x,--full-xr", options.full_composite, "Print the composite with its own spec and metadata");
  render.add_option("--address", options.address, "Call the function that serves there, with --insecure")
      ->type_name("HOST:PORT");
  return render;
}

CLI::App& AddValidate(CLI::App& app, ValidateOptions& options) {
  CLI::App& validate = *app.add_subcommand("validate", "Check composites and print every violation");
  validate.add_option("XR", options.composites, "The composites")->type_name("FILE")->required();
  AddStepFlags(validate, options.input, options.composition);
  return validate;
}

// Outcome of an argument that ends the program: help and version, or one line that says what is wrong.
int EndWith(const CLI::App& app, const CLI::ParseError& outcome, std::ostream& out, std::ostream& err) {
  if (outcome.get_exit_code() == 0) return app.exit(outcome, out, err);
  err << kName << ": " << outcome.what() << " (see --help)\n";
  return kUsage;
}

}  // namespace

int Run(int argc, const char* const* argv, const xfn::Function& function, std::ostream& out, std::ostream& err) try {
  CLI::App app("Composes AgentExecutors for Crossplane. Without a subcommand it serves.", kName);
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(0, 1);
  xfn::ServerOptions server;
  RenderOptions render;
  ValidateOptions validate;
  Command command = [&] { return xfn::Serve(server, function); };

  xfn::AddServerFlags(app, server);
  xfn::AddServerFlags(*app.add_subcommand("serve", "Serve the function to Crossplane (the default)"), server);
  AddRender(app, render).callback([&] { command = [&] { return Render(render, function, out, err); }; });
  AddValidate(app, validate).callback([&] { command = [&] { return Validate(validate, function, out, err); }; });
  app.add_subcommand("version", "Print the version")->callback([&] {
    command = [&] {
      out << kVersion << '\n';
      return kOk;
    };
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& outcome) {
    return EndWith(app, outcome, out, err);
  }
  return command();
} catch (const std::exception& e) {
  err << kName << ": " << e.what() << '\n';
  return kFailed;
}

}  // namespace agent::cli
