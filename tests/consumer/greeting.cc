// A whole composition function: it composes a ConfigMap with the greeting that the composite's spec.greeting asks for.
#include "xfn/field_error.h"
#include "xfn/server.h"

namespace {

absl::Status Greet(const xfn::Request& request, xfn::Response& response) {
  const auto xr = request.ObservedComposite();
  if (!xr.ok()) return xr.status();
  if (!xr->has_value()) return absl::InvalidArgumentError("the request has no composite");

  const xfn::FieldPath greeting = {"spec", "greeting"};
  const std::string text(xfn::FindString(**xr, greeting));
  if (text.empty()) {
    xfn::FieldErrors errors;
    errors.Required(greeting);
    return absl::InvalidArgumentError(errors.ToString());
  }

  const xfn::Json config_map = {
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"data", {{"greeting", text}}},
  };
  return response.SetDesired("greeting", config_map, xfn::Ready::kTrue);
}

}  // namespace

int main(int argc, char** argv) { return xfn::Main(argc, argv, Greet); }
