// Certificates for tests, made in memory. CrossplaneRoot and Crossplane* have the exact shape that Crossplane's own
// certificates have: leaf and CA carry the same name, no key identifiers, always the same serial number.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "openssl.h"

namespace xfn::test {

struct Identity {
  X509Ptr certificate;
  EvpKeyPtr key;

  std::string CertificatePem() const;
  std::string KeyPem() const;  // PKCS#1, as Crossplane writes it
};

// Shape says what a certificate looks like.
struct Shape {
  std::string name = "Crossplane";  // common name
  bool ca = false;
  std::string key_usage = "critical,digitalSignature,keyEncipherment,dataEncipherment";
  std::string extended_key_usage;  // empty: none
  bool key_identifiers = false;    // as ordinary PKIs have them
  long not_before = -3600;         // seconds from now
  long not_after = 3600;
};

// Shapes of Crossplane's certificates.
Shape CaShape();
Shape ClientShape();
Shape ServerShape();

// Issue makes a key and a certificate signed by `issuer`, or by itself when `issuer` is null.
Identity Issue(const Shape& shape, const Identity* issuer);

// CertificateDirectory is a temporary directory with tls.crt, tls.key and ca.crt.
class CertificateDirectory {
 public:
  CertificateDirectory(const Identity& server, const std::string& ca_pem);
  ~CertificateDirectory();

  const std::string& path() const { return path_; }
  // Write replaces one file.
  void Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace xfn::test
