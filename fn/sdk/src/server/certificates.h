// The files that a server with TLS lives on: tls.crt, tls.key and ca.crt of one directory, usually a mounted Secret.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace xfn {

// CertificateFiles are the files as they were read. The key is a secret: never log it.
struct CertificateFiles {
  std::string certificate;  // tls.crt: the serving certificate, then its intermediates
  std::string key;          // tls.key
  std::string ca;           // ca.crt: who signs clients; several during a rotation

  friend bool operator==(const CertificateFiles&, const CertificateFiles&) = default;
};

// ReadCertificates reads the three files of `directory`. Errors: FAILED_PRECONDITION, naming the file.
absl::StatusOr<CertificateFiles> ReadCertificates(const std::string& directory);

// CheckCertificates tells whether `files` can serve: they parse, the key belongs to the certificate, ca.crt holds a CA.
// Returns when the serving certificate expires; one that has expired is no error here, since its server is not the one
// that refuses it. Errors: FAILED_PRECONDITION, naming the file.
absl::StatusOr<absl::Time> CheckCertificates(const CertificateFiles& files);

// CertificateWatcher calls `changed` with what it finds whenever the files of `directory` differ from those it saw
// last, on a thread of its own: with files that pass CheckCertificates, or with the error, once per content. It
// compares contents, so it sees every way to replace a file, and Secret volumes swap a symbolic link.
class CertificateWatcher {
 public:
  using Changed = std::function<void(const absl::StatusOr<CertificateFiles>&)>;

  CertificateWatcher(std::string directory, absl::Duration interval, CertificateFiles current, Changed changed);
  // `changed` does not run any more afterwards.
  ~CertificateWatcher();

 private:
  void Look();

  const std::string directory_;
  const Changed changed_;
  absl::StatusOr<CertificateFiles> seen_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace xfn
