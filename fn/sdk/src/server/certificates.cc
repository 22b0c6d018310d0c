#include "certificates.h"

#include <openssl/x509.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "client_verifier.h"
#include "fmt/format.h"
#include "listen.h"
#include "openssl.h"

namespace xfn {
namespace {

absl::Status Cannot(std::string_view verb, std::string_view file, std::string_view why) {
  return absl::FailedPreconditionError(fmt::format("cannot {} {}: {}", verb, file, why));
}

absl::Status Read(const std::string& path, std::string& content) {
  std::ifstream file(path, std::ios::binary);
  const int error = errno;
  if (!file.is_open()) return Cannot("read", path, std::generic_category().message(error));
  content.assign(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return Cannot("read", path, "input/output error");
  return absl::OkStatus();
}

bool Same(const absl::StatusOr<CertificateFiles>& a, const absl::StatusOr<CertificateFiles>& b) {
  if (a.ok() && b.ok()) return *a == *b;
  return a.status() == b.status();
}

}  // namespace

absl::StatusOr<CertificateFiles> ReadCertificates(const std::string& directory) {
  CertificateFiles files;
  absl::Status status = Read(directory + "/tls.crt", files.certificate);
  status.Update(Read(directory + "/tls.key", files.key));
  status.Update(Read(directory + "/ca.crt", files.ca));
  if (!status.ok()) return status;
  return files;
}

absl::StatusOr<absl::Time> CheckCertificates(const CertificateFiles& files) {
  const std::vector<X509Ptr> chain = ParsePem(files.certificate);
  if (chain.empty()) return Cannot("use", "tls.crt", "it holds no PEM certificate");
  const EvpKeyPtr key = ParsePemKey(files.key);
  if (key == nullptr) return Cannot("use", "tls.key", "it holds no unencrypted PEM private key");
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    return Cannot("use", "tls.key", "it does not belong to the certificate in tls.crt");
  }
  if (auto verifier = ClientVerifier::Create(files.ca); !verifier.ok()) return verifier.status();
  std::tm expiry = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(chain.front().get()), &expiry) != 1) {
    return Cannot("use", "tls.crt", "its expiry cannot be read");
  }
  return absl::FromTM(expiry, absl::UTCTimeZone());
}

CertificateWatcher::CertificateWatcher(std::string directory, absl::Duration interval, CertificateFiles current,
                                       Changed changed)
    : directory_(std::move(directory)), changed_(std::move(changed)), seen_(std::move(current)) {
  thread_ = StartThread([this, interval] {
    while (!stop_.WaitForNotificationWithTimeout(interval)) Look();
  });
}

CertificateWatcher::~CertificateWatcher() {
  stop_.Notify();
  thread_.join();
}

void CertificateWatcher::Look() {
  absl::StatusOr<CertificateFiles> files = ReadCertificates(directory_);
  if (Same(files, seen_)) return;
  // Three files are read one after another. Read again, so that a swap in between is not taken for a broken set.
  if (!Same(files, ReadCertificates(directory_))) return;
  seen_ = files;
  if (files.ok()) {
    if (const auto expiry = CheckCertificates(*files); !expiry.ok()) files = expiry.status();
  }
  changed_(files);
}

}  // namespace xfn
