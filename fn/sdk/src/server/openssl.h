// OpenSSL objects with owners.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>
#include <vector>

#include "free_with.h"

namespace xfn {

using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using X509StorePtr = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using X509StoreContextPtr = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
using EvpKeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;

// ParsePem returns the certificates of `pem` up to the first that is malformed; other PEM blocks are passed over.
std::vector<X509Ptr> ParsePem(std::string_view pem);

// ParsePemKey returns the first private key of `pem`, or null when there is none or it is encrypted.
EvpKeyPtr ParsePemKey(std::string_view pem);

}  // namespace xfn
