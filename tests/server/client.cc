#include "client.h"

#include <arpa/inet.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include "listen.h"

namespace xfn::test {
namespace {

std::chrono::system_clock::time_point Deadline() { return std::chrono::system_clock::now() + std::chrono::seconds(60); }

std::shared_ptr<grpc::Channel> ConnectWith(int port, std::shared_ptr<grpc::ChannelCredentials> credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), std::move(credentials), arguments);
}

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string Bytes(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return "";
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

grpc::Status CallBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                       const std::string& request, std::string& response) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(Deadline());
  const grpc::ByteBuffer sent = Buffer(request);
  grpc::ByteBuffer received;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, method, {}, &sent, &received,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  if (status.ok()) response = Bytes(received);
  return status;
}

Fd ConnectSocket(int port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return connected ? std::move(socket) : Fd();
}

}  // namespace

bool Listening(int port) { return ConnectSocket(port).get() >= 0; }

std::shared_ptr<grpc::Channel> Connect(int port) { return ConnectWith(port, grpc::InsecureChannelCredentials()); }

std::shared_ptr<grpc::Channel> ConnectTls(int port, const Identity* client) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  if (client != nullptr) {
    options.set_certificate_provider(std::make_shared<grpc::experimental::StaticDataCertificateProvider>(
        std::vector<grpc::experimental::IdentityKeyCertPair>{{client->KeyPem(), client->CertificatePem()}}));
    options.watch_identity_key_cert_pairs();
  }
  return ConnectWith(port, grpc::experimental::TlsCredentials(options));
}

grpc::Status RunFunction(const std::shared_ptr<grpc::Channel>& channel, const std::string& tag,
                         v1::RunFunctionResponse* response) {
  grpc::ClientContext context;
  context.set_deadline(Deadline());
  v1::RunFunctionRequest request;
  request.mutable_meta()->set_tag(tag);
  v1::RunFunctionResponse ignored;
  return v1::FunctionRunnerService::NewStub(channel)->RunFunction(&context, request,
                                                                  response != nullptr ? response : &ignored);
}

grpc::Status RunFunctionBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& request) {
  std::string ignored;
  return CallBytes(channel, "/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction", request, ignored);
}

std::string Health(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  const std::string request = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
  std::string response;
  const grpc::Status status = CallBytes(channel, "/grpc.health.v1.Health/Check", request, response);
  if (!status.ok()) return status.error_message();
  return response == "\x08\x01" ? "SERVING" : "NOT_SERVING";
}

std::string ListServices(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(Deadline());
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
  };
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  wait();
  call->Write(Buffer(std::string("\x3a\x01*")), nullptr);  // list_services
  wait();
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  wait();
  call->WritesDone(nullptr);
  wait();
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  return Bytes(response);
}

HttpAnswer HttpGet(int port, const std::string& path, const std::string& method) {
  const Fd socket = ConnectSocket(port);
  if (socket.get() < 0) return {};
  const std::string request = method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  char chunk[4096];
  for (ssize_t n; (n = ::read(socket.get(), chunk, sizeof chunk)) > 0;) answer.append(chunk, static_cast<size_t>(n));
  if (answer.size() < 12) return {};
  const std::size_t body = answer.find("\r\n\r\n");
  return {std::stoi(answer.substr(9, 3)), body == std::string::npos ? "" : answer.substr(body + 4)};
}

double Metric(int metrics_port, const std::string& sample) {
  const std::string page = HttpGet(metrics_port, "/metrics").body;
  const std::size_t at = page.find("\n" + sample + " ");
  return at == std::string::npos ? -1 : std::stod(page.substr(at + sample.size() + 2));
}

}  // namespace xfn::test
