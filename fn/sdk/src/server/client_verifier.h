// Which clients may talk to the server: those whose certificate a CA of ca.crt signed for TLS clients.
//
// OpenSSL's own verification does that for every ordinary PKI. Crossplane's leaf certificates it takes for self-signed:
// they carry the name of their issuer as their own and no key identifiers, so it never looks for the CA. For exactly
// that shape, Verify makes the checks itself, against each CA.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "openssl.h"

namespace xfn {

// ClientVerifier is immutable and may be used by several threads at once.
class ClientVerifier {
 public:
  // Create takes the CAs of a PEM text. Certificates in it that are no CAs are ignored.
  // Errors: FAILED_PRECONDITION when it holds no CA.
  static absl::StatusOr<std::unique_ptr<ClientVerifier>> Create(std::string_view ca_pem);

  // Verify checks the client's certificate, and those between it and a CA that the client sent along.
  // Errors: UNAUTHENTICATED, saying why.
  absl::Status Verify(std::string_view leaf_pem, std::string_view chain_pem, absl::Time now) const;

 private:
  ClientVerifier() : store_(X509_STORE_new()) {}
  absl::Status VerifySameName(X509* leaf, absl::Time now) const;

  X509StorePtr store_;
  std::vector<X509Ptr> cas_;
};

}  // namespace xfn
