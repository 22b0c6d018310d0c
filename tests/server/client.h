// A gRPC and an HTTP client for tests.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "fn/v1/run_function.grpc.pb.h"
#include "fn/v1beta1/run_function.grpc.pb.h"
#include "pki.h"

namespace xfn::test {

namespace v1 = apiextensions::fn::proto::v1;
namespace v1beta1 = apiextensions::fn::proto::v1beta1;

// Connect opens a channel with a connection of its own to 127.0.0.1, in plain text.
std::shared_ptr<grpc::Channel> Connect(int port);

// ConnectTls does it with TLS; `client` may be null to present no certificate. The server's certificate is not checked:
// OpenSSL refuses Crossplane's shape there too.
std::shared_ptr<grpc::Channel> ConnectTls(int port, const Identity* client);

// RunFunction calls v1 with a request that carries `tag`, and fails after a generous deadline.
grpc::Status RunFunction(const std::shared_ptr<grpc::Channel>& channel, const std::string& tag,
                         v1::RunFunctionResponse* response = nullptr);

// RunFunctionBytes calls v1 with any bytes.
grpc::Status RunFunctionBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& request);

// Listening tells whether 127.0.0.1 takes connections at `port`.
bool Listening(int port);

// Health asks the gRPC health service about `service`: "SERVING", "NOT_SERVING" or the error's text.
std::string Health(const std::shared_ptr<grpc::Channel>& channel, const std::string& service);

// ListServices gives the bytes of the reflection service's answer, which hold the names.
std::string ListServices(const std::shared_ptr<grpc::Channel>& channel);

// HttpGet returns the status code and the body. 0: no answer.
struct HttpAnswer {
  int code = 0;
  std::string body;
};
HttpAnswer HttpGet(int port, const std::string& path, const std::string& method = "GET");

// Metric returns the value of a sample, such as `name{label="x"}`, or -1 when there is none.
double Metric(int metrics_port, const std::string& sample);

}  // namespace xfn::test
