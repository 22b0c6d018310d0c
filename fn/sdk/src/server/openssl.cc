#include "openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace xfn {
namespace {

BioPtr Reader(std::string_view pem) { return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

// Without this OpenSSL would ask for the pass phrase on the terminal.
int NoPassPhrase(char*, int, int, void*) { return -1; }

}  // namespace

std::vector<X509Ptr> ParsePem(std::string_view pem) {
  const BioPtr bio = Reader(pem);
  std::vector<X509Ptr> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, NoPassPhrase, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the text is an error to OpenSSL, and gRPC would find it in this thread's queue
  return certificates;
}

EvpKeyPtr ParsePemKey(std::string_view pem) {
  EvpKeyPtr key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, NoPassPhrase, nullptr));
  ERR_clear_error();
  return key;
}

}  // namespace xfn
