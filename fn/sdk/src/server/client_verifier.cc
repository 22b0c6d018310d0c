#include "client_verifier.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "fmt/format.h"

namespace xfn {
namespace {

absl::Status Refused(std::string_view why) {
  return absl::UnauthenticatedError(fmt::format("cannot accept the client certificate: {}", why));
}

// IsCa: a CA that may sign certificates; X509_check_issued checks the key usage once more.
bool IsCa(X509* certificate) {
  return X509_check_ca(certificate) == 1 && (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
}

bool InForce(X509* certificate, absl::Time now) {
  time_t time = absl::ToTimeT(now);
  return X509_cmp_time(X509_get0_notBefore(certificate), &time) < 0 &&
         X509_cmp_time(X509_get0_notAfter(certificate), &time) > 0;
}

// SameName tells whether a leaf has Crossplane's shape: the issuer's name as its own, and nothing that tells them
// apart.
bool SameName(X509* leaf) {
  return X509_NAME_cmp(X509_get_subject_name(leaf), X509_get_issuer_name(leaf)) == 0 &&
         X509_get0_authority_key_id(leaf) == nullptr && X509_check_ca(leaf) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ClientVerifier>> ClientVerifier::Create(std::string_view ca_pem) {
  std::unique_ptr<ClientVerifier> verifier(new ClientVerifier);
  for (X509Ptr& certificate : ParsePem(ca_pem)) {
    if (!IsCa(certificate.get())) continue;
    X509_STORE_add_cert(verifier->store_.get(), certificate.get());
    verifier->cas_.push_back(std::move(certificate));
  }
  if (verifier->cas_.empty()) {
    return absl::FailedPreconditionError("cannot use ca.crt: it holds no PEM certificate of a CA");
  }
  return verifier;
}

absl::Status ClientVerifier::Verify(std::string_view leaf_pem, std::string_view chain_pem, absl::Time now) const {
  const std::vector<X509Ptr> leaf = ParsePem(leaf_pem);
  if (leaf.empty()) return Refused("there is none");
  if (SameName(leaf.front().get())) return VerifySameName(leaf.front().get(), now);

  const std::vector<X509Ptr> chain = ParsePem(chain_pem);
  const std::unique_ptr<STACK_OF(X509), FreeWith<[](STACK_OF(X509) * stack) { sk_X509_free(stack); }>> untrusted(
      sk_X509_new_null());
  for (const X509Ptr& certificate : chain) sk_X509_push(untrusted.get(), certificate.get());

  const X509StoreContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store_.get(), leaf.front().get(), untrusted.get());
  X509_STORE_CTX_set_default(context.get(), "ssl_client");  // the purpose
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);  // every CA of ca.crt is trusted, not only roots
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(now));
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return verified ? absl::OkStatus() : Refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
}

absl::Status ClientVerifier::VerifySameName(X509* leaf, absl::Time now) const {
  const auto signed_by = [leaf](X509* ca) {
    const bool yes = X509_check_issued(ca, leaf) == X509_V_OK && X509_verify(leaf, X509_get0_pubkey(ca)) == 1;
    ERR_clear_error();
    return yes;
  };
  bool found = false;
  bool ca_in_force = false;
  for (const X509Ptr& ca : cas_) {
    if (!signed_by(ca.get())) continue;
    found = true;
    ca_in_force |= InForce(ca.get(), now);
  }
  if (!found) return Refused("no CA of ca.crt signed it");
  if (!ca_in_force) return Refused("the CA that signed it has expired or is not valid yet");
  if (!InForce(leaf, now)) return Refused("it has expired or is not valid yet");
  if (X509_check_purpose(leaf, X509_PURPOSE_SSL_CLIENT, 0) != 1) return Refused("it is not meant for TLS clients");
  return absl::OkStatus();
}

}  // namespace xfn
