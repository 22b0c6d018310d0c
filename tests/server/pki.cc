#include "pki.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace xfn::test {
namespace {

void Must(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

void SetName(X509_NAME* name, const std::string& common_name) {
  const auto add = [name](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                               0);
  };
  add("C", "Earth");
  add("ST", "Earth");
  add("L", "Earth");
  add("O", "Crossplane");
  add("CN", common_name);
}

void Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str());
  Must(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// NextKey hands out the keys of a pool in turn: making RSA keys would be most of the tests' time, and no test uses
// more than 32.
EvpKeyPtr NextKey() {
  static std::array<EvpKeyPtr, 32> pool;
  static std::size_t next = 0;
  EvpKeyPtr& key = pool[next++ % pool.size()];
  if (key == nullptr) key.reset(EVP_RSA_gen(2048));
  EVP_PKEY_up_ref(key.get());
  return EvpKeyPtr(key.get());
}

}  // namespace

std::string Identity::CertificatePem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.get());
  return Text(bio.get());
}

std::string Identity::KeyPem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey_traditional(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return Text(bio.get());
}

Shape CaShape() {
  Shape shape;
  shape.ca = true;
  shape.key_usage = "critical,keyCertSign,cRLSign";
  return shape;
}

Shape ClientShape() {
  Shape shape;
  shape.extended_key_usage = "clientAuth";
  return shape;
}

Shape ServerShape() {
  Shape shape;
  shape.extended_key_usage = "serverAuth";
  return shape;
}

Identity Issue(const Shape& shape, const Identity* issuer) {
  Identity made{X509Ptr(X509_new()), NextKey()};
  X509* certificate = made.certificate.get();
  X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 2022);
  X509_gmtime_adj(X509_getm_notBefore(certificate), shape.not_before);
  X509_gmtime_adj(X509_getm_notAfter(certificate), shape.not_after);
  SetName(X509_get_subject_name(certificate), shape.name);
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  X509_set_pubkey(certificate, made.key.get());
  Extend(certificate, signer, NID_basic_constraints, shape.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  Extend(certificate, signer, NID_key_usage, shape.key_usage);
  Extend(certificate, signer, NID_ext_key_usage, shape.extended_key_usage);
  Extend(certificate, signer, NID_subject_alt_name, "DNS:localhost,DNS:function.crossplane-system");
  if (shape.key_identifiers) {
    Extend(certificate, signer, NID_subject_key_identifier, "hash");
    if (issuer != nullptr) Extend(certificate, signer, NID_authority_key_identifier, "keyid:always");
  }
  EVP_PKEY* signing_key = issuer != nullptr ? issuer->key.get() : made.key.get();
  Must(X509_sign(certificate, signing_key, EVP_sha256()) > 0, "sign");
  return made;
}

CertificateDirectory::CertificateDirectory(const Identity& server, const std::string& ca_pem) {
  std::string name = (std::filesystem::temp_directory_path() / "xfn-certificates-XXXXXX").string();
  Must(::mkdtemp(name.data()) != nullptr, "mkdtemp");
  path_ = name;
  Write("tls.crt", server.CertificatePem());
  Write("tls.key", server.KeyPem());
  Write("ca.crt", ca_pem);
}

CertificateDirectory::~CertificateDirectory() { std::filesystem::remove_all(path_); }

void CertificateDirectory::Write(const std::string& name, const std::string& content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path + ".new", std::ios::binary) << content;
  std::filesystem::rename(path + ".new", path);  // or a poll between truncation and writing sees an empty file
}

}  // namespace xfn::test
