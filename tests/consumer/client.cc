// Calls a function once, as Crossplane does. `consumer_client ADDRESS XR.yaml` prints what it desires, or its results.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

#include "fn/v1/run_function.grpc.pb.h"
#include "xfn/status.h"
#include "xfn/struct_codec.h"
#include "xfn/yaml.h"

namespace {

namespace fnv1 = apiextensions::fn::proto::v1;

int Fail(std::string_view why) {
  std::cerr << why << "\n";
  return EXIT_FAILURE;
}

xfn::Json Describe(const fnv1::RunFunctionResponse& response) {
  xfn::Json description = {{"tag", response.meta().tag()}};
  for (const auto& result : response.results()) description["results"].push_back(result.message());
  for (const auto& [name, resource] : response.desired().resources()) {
    description["desired"][name] = {{"ready", fnv1::Ready_Name(resource.ready())},
                                    {"resource", *xfn::DecodeStruct(resource.resource().SerializeAsString())}};
  }
  return description;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return Fail("usage: consumer_client ADDRESS XR.yaml");
  std::ostringstream text;
  text << std::ifstream(argv[2]).rdbuf();
  const auto xr = xfn::ParseYaml(text.str());
  if (!xr.ok() || xr->size() != 1) return Fail("the XR is not one YAML document");

  fnv1::RunFunctionRequest request;
  request.mutable_meta()->set_tag("tag-1");
  request.mutable_observed()->mutable_composite()->mutable_resource()->ParseFromString(*xfn::EncodeStruct(xr->front()));

  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  fnv1::RunFunctionResponse response;
  const auto status = fnv1::FunctionRunnerService::NewStub(channel)->RunFunction(&context, request, &response);
  if (!status.ok()) return Fail("cannot call the function: " + status.error_message());
  std::cout << xfn::ToYaml(Describe(response));
}
