// The function specification of Crossplane (contributing/specifications/functions.md), sentence by sentence. Each test
// talks to the program that ships, over a real socket; its name is the sentence.
#include <google/protobuf/util/message_differencer.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "client.h"
#include "pki.h"
#include "process.h"
#include "support/scenario.h"
#include "xfn/yaml.h"

namespace agent {

namespace pb = apiextensions::fn::proto::v1;
using google::protobuf::util::MessageDifferencer;
using xfn::Json;
using xfn::test::Process;

namespace {

// Server is the program, listening on a port of its own.
class Server {
 public:
  explicit Server(std::vector<std::string> flags = {"--insecure"}, const std::vector<std::string>& environment = {})
      : process_(Command(std::move(flags)), environment) {
    const std::string address = Json::parse(process_.ReadUntil("\"serving\"")).at("address");
    port_ = std::stoi(address.substr(address.rfind(':') + 1));
  }

  int port() const { return port_; }
  Process& process() { return process_; }

  pb::RunFunctionResponse Call(const pb::RunFunctionRequest& request) const {
    auto stub = pb::FunctionRunnerService::NewStub(xfn::test::Connect(port_));
    grpc::ClientContext context;
    pb::RunFunctionResponse response;
    const grpc::Status status = stub->RunFunction(&context, request, &response);
    INFO(status.error_message());
    REQUIRE(status.ok());
    return response;
  }

 private:
  static std::vector<std::string> Command(std::vector<std::string> flags) {
    flags.insert(flags.begin(), PROGRAM);
    flags.insert(flags.end(), {"--address", "127.0.0.1:0", "--metrics-address", ""});
    return flags;
  }

  Process process_;
  int port_ = 0;
};

Server& Shared() {
  static Server server;  // ends with the test program
  return server;
}

pb::RunFunctionRequest First() {
  return Scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = Secrets(), .base = {}}.Request();
}

// Converged is a request in which everything exists and is ready.
pb::RunFunctionRequest Converged() {
  Scenario scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = Secrets(), .base = {}};
  for (int call = 0; call < 3; ++call) {
    for (const auto& [key, object] : Desired(Run(scenario))) scenario.observed[key] = Ready(object);
  }
  return scenario.Request();
}

Json LoadYaml(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return xfn::ParseYaml(text.str())->front();
}

}  // namespace

TEST_CASE("MUST support --insecure, --debug and --tls-certs-dir, the last also as TLS_SERVER_CERTS_DIR") {
  using namespace xfn::test;
  const Identity ca = Issue(CaShape(), nullptr);
  const CertificateDirectory certificates(Issue(ServerShape(), &ca), ca.CertificatePem());
  const Identity client = Issue(ClientShape(), &ca);
  const struct {
    const char* reason;
    std::vector<std::string> flags;
    std::vector<std::string> environment;
    bool tls;
  } rows[] = {
      {"--insecure", {"--insecure"}, {}, false},
      {"--debug", {"--insecure", "--debug"}, {}, false},
      {"--tls-certs-dir", {"--tls-certs-dir", certificates.path()}, {}, true},
      {"the environment", {}, {"TLS_SERVER_CERTS_DIR=" + certificates.path()}, true},
      {"insecure wins when both are given", {"--insecure", "--tls-certs-dir", certificates.path()}, {}, false},
      {"over the environment too", {"--insecure"}, {"TLS_SERVER_CERTS_DIR=" + certificates.path()}, false},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    Server server(row.flags, row.environment);
    CHECK(RunFunction(Connect(server.port()), "t").ok() == !row.tls);
    CHECK(RunFunction(ConnectTls(server.port(), &client), "t").ok() == row.tls);
  }
}

TEST_CASE("MUST enable mutual TLS unless --insecure, and verify the client") {
  using namespace xfn::test;
  const Identity ca = Issue(CaShape(), nullptr);
  const Identity other = Issue(CaShape(), nullptr);
  const CertificateDirectory certificates(Issue(ServerShape(), &ca), ca.CertificatePem());
  const Identity stranger = Issue(ClientShape(), &other);
  Server server({"--tls-certs-dir", certificates.path()});
  CHECK(!RunFunction(ConnectTls(server.port(), nullptr), "t").ok());
  CHECK(!RunFunction(ConnectTls(server.port(), &stranger), "t").ok());

  Process refused({PROGRAM, "--address", "127.0.0.1:0"});
  std::string line;
  CHECK(refused.Wait(&line) != 0);
  CHECK(line.find("--tls-certs-dir") != std::string::npos);
}

TEST_CASE("MUST listen on TCP port 9443") {
  // In a network namespace of its own, since the default is every address.
  Process server({"/usr/bin/unshare", "--net", "--map-root-user", PROGRAM, "--insecure", "--metrics-address", ""});
  const std::string address = Json::parse(server.ReadUntil("\"serving\"")).at("address");
  CHECK(address.substr(address.rfind(':')) == ":9443");
}

TEST_CASE("MUST have a name that starts with function-") {
  const std::string name = LoadYaml("package/function/crossplane.yaml")["metadata"]["name"];
  CHECK(name.find("function-") == 0);
}

TEST_CASE("MUST copy the tag unchanged, and MUST NOT depend on it") {
  pb::RunFunctionRequest request = First();
  const auto untagged = Shared().Call(request);
  for (const std::string tag : {"a", "sha256:ü \n", "0"}) {
    request.mutable_meta()->set_tag(tag);
    auto response = Shared().Call(request);
    CHECK(response.meta().tag() == tag);
    response.mutable_meta()->clear_tag();
    CHECK(MessageDifferencer::Equals(response, untagged));
  }
}

TEST_CASE("SHOULD set a ttl") { CHECK(Shared().Call(Converged()).meta().ttl().seconds() > 0); }

TEST_CASE("MUST pass through desired state it has no opinion on, and the context") {
  pb::RunFunctionRequest request = First();
  auto& foreign = (*request.mutable_desired()->mutable_resources())["foreign"];
  *foreign.mutable_resource() = ToStruct(Json::parse(R"({"kind": "ConfigMap", "data": {"n": 1.5, "null": null}})"));
  (*foreign.mutable_connection_details())["k"] = std::string("\0\xff", 2);
  foreign.set_ready(pb::READY_FALSE);
  pb::Resource::GetReflection()->MutableUnknownFields(&foreign)->AddLengthDelimited(4711, "from the future");
  *request.mutable_desired()->mutable_composite()->mutable_resource() =
      ToStruct(Json::parse(R"({"status": {"theirs": {"deep": [1]}}})"));
  *request.mutable_context() = ToStruct(Json::parse(R"({"apiextensions.crossplane.io/environment": {"a": 1}})"));
  const auto response = Shared().Call(request);
  CHECK(MessageDifferencer::Equals(response.desired().resources().at("foreign"), foreign));  // unknown fields included
  CHECK(DesiredComposite(response)["status"]["theirs"] == Json::parse(R"({"deep": [1]})"));
  CHECK(MessageDifferencer::Equals(response.context(), request.context()));
}

TEST_CASE("MUST NOT set the composite's metadata or spec, only its status") {
  for (const auto& request : {First(), Converged()}) {
    const Json composite = DesiredComposite(Shared().Call(request));
    CHECK(composite.size() == 1);
    CHECK(composite.contains("status"));
  }
}

TEST_CASE("MUST NOT set the status of composed resources") {
  for (const auto& [key, object] : Desired(Shared().Call(Converged()))) {
    INFO(key);
    CHECK(!object.contains("status"));
    CHECK(!object["metadata"].contains("managedFields"));
    CHECK(!object["metadata"].contains("resourceVersion"));
  }
}

TEST_CASE("SHOULD NOT set names of composed resources: we do, derived from the composite's (docs/decisions/0004)") {
  for (const auto& [key, object] : Desired(Shared().Call(Converged()))) {
    INFO(key);
    CHECK(object["metadata"]["name"].get<std::string>().find("demo") == 0);
    CHECK(!object["metadata"].contains("namespace"));
  }
}

TEST_CASE("SHOULD avoid composition resource names that collide with those of other steps") {
  for (const auto& [key, object] : Desired(Shared().Call(Converged()))) CHECK(key.find("agent-") == 0);
}

TEST_CASE("MUST return FATAL only to stop the pipeline") {
  CHECK(Shared().Call(First()).results().empty());
  pb::RunFunctionRequest request = First();
  request.mutable_observed()->mutable_composite()->mutable_resource()->mutable_fields()->erase("spec");
  const auto response = Shared().Call(request);
  REQUIRE(response.results().size() == 1);
  CHECK(response.results(0).severity() == pb::SEVERITY_FATAL);
}

TEST_CASE("MUST NOT send the same Warning or Normal result on every call") {
  for (const auto& request : {First(), Converged()}) CHECK(Shared().Call(request).results().empty());
}

TEST_CASE("requirements are the same before and after they are answered, so that Crossplane stops asking") {
  pb::RunFunctionRequest request = First();
  const auto answered = Shared().Call(request);
  request.clear_required_resources();
  CHECK(MessageDifferencer::Equals(Shared().Call(request).requirements(), answered.requirements()));
}

TEST_CASE("MUST NOT assume Kubernetes or a network") {
  // No environment, no name service, no route: a network namespace with nothing but its loopback.
  Process alone({"/usr/bin/unshare", "--net", "--map-root-user", "/bin/sh", "-c",
                 "ip link set lo up && exec \"$0\" render \"$1\" >/dev/null", PROGRAM, "examples/basic/xr.yaml"},
                {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"});
  std::string rest;
  const int code = alone.Wait(&rest);
  INFO(rest);
  CHECK(code == 0);
}

TEST_CASE("SHOULD answer v1beta1 with the same bytes") {
  const auto request = Converged();
  namespace beta = apiextensions::fn::proto::v1beta1;
  beta::RunFunctionRequest beta_request;
  REQUIRE(beta_request.ParseFromString(request.SerializeAsString()));
  auto stub = beta::FunctionRunnerService::NewStub(xfn::test::Connect(Shared().port()));
  grpc::ClientContext context;
  beta::RunFunctionResponse response;
  REQUIRE(stub->RunFunction(&context, beta_request, &response).ok());
  pb::RunFunctionResponse same;
  REQUIRE(same.ParseFromString(response.SerializeAsString()));
  CHECK(MessageDifferencer::Equals(same, Shared().Call(request)));
}

TEST_CASE("hostile bytes get a clear answer, and the process lives") {
  const auto channel = xfn::test::Connect(Shared().port());
  const struct {
    const char* reason;
    std::string bytes;
  } rows[] = {{"no message", "\xff\xff"}, {"truncated", First().SerializeAsString().substr(0, 50)}};
  for (const auto& row : rows) {
    INFO(row.reason);
    const grpc::Status status = xfn::test::RunFunctionBytes(channel, row.bytes);
    CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    CHECK(status.error_message() == "cannot read request: the bytes are no RunFunctionRequest");
    CHECK(xfn::test::RunFunction(channel, "alive").ok());
  }
}

}  // namespace agent
