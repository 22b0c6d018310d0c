#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <functional>
#include <utility>

#include "absl/time/clock.h"
#include "client_verifier.h"
#include "grpc_server.h"
#include "log.h"
#include "xfn/status.h"

namespace xfn {
namespace {

namespace tls = grpc::experimental;

std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// GrpcVerifier lets gRPC ask a ClientVerifier, during the handshake.
class GrpcVerifier final : public tls::ExternalCertificateVerifier {
 public:
  GrpcVerifier(std::unique_ptr<ClientVerifier> verifier, Metrics& metrics)
      : verifier_(std::move(verifier)), metrics_(metrics) {}

  // True means that the answer is in `status` already.
  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    const absl::Time now = absl::Now();
    const absl::Status verified =
        verifier_->Verify(View(request->peer_cert()), View(request->peer_cert_full_chain()), now);
    if (verified.ok()) return true;
    ++metrics_.clients_refused;
    if (const auto held_back = limit_.Allow(now)) {
      log::Warn("client refused", {{"error", Message(verified)}, {"notLogged", *held_back}});
    }
    *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(verified.message()));
    return true;
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::unique_ptr<ClientVerifier> verifier_;
  Metrics& metrics_;
  log::RateLimit limit_{absl::Seconds(10)};
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(const CertificateFiles& files,
                                                                        Metrics& metrics) {
  absl::StatusOr<std::unique_ptr<ClientVerifier>> verifier = ClientVerifier::Create(files.ca);
  if (!verifier.ok()) return verifier.status();
  auto provider = std::make_shared<tls::StaticDataCertificateProvider>(
      std::vector<tls::IdentityKeyCertPair>{{files.key, files.certificate}});
  tls::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  // Required, but verified by us: OpenSSL refuses Crossplane's clients (client_verifier.h).
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<GrpcVerifier>(*std::move(verifier), metrics));
  return tls::TlsServerCredentials(options);
}

}  // namespace xfn
