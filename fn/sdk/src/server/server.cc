#include "xfn/server.h"

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "admin.h"
#include "certificates.h"
#include "fmt/format.h"
#include "grpc_server.h"
#include "listen.h"
#include "log.h"
#include "runner.h"
#include "xfn/status.h"

namespace xfn {
namespace {

class ServerImpl final : public Server {
 public:
  ServerImpl(const ServerOptions& options, Function function)
      : options_(options),
        runner_(std::move(function), static_cast<std::size_t>(options.max_recv_message_size_mb) << 20, metrics_) {}
  ~ServerImpl() override { Shutdown(absl::ZeroDuration()); }

  absl::Status Start();
  int port() const override { return port_; }
  int metrics_port() const override { return metrics_port_; }
  void Shutdown(absl::Duration grace) override;

 private:
  struct Retired {
    std::unique_ptr<GrpcServer> server;
    absl::Time empty_at;  // its connections have reached their age by then
  };

  absl::StatusOr<std::unique_ptr<GrpcServer>> StartGrpc(const CertificateFiles& files);
  absl::Status StartAdmin();
  void OnChange(const absl::StatusOr<CertificateFiles>& files);
  absl::Status Replace(const CertificateFiles& files);
  void DropRetired();

  const ServerOptions options_;
  Metrics metrics_;
  const Runner runner_;
  int port_ = 0;
  int metrics_port_ = 0;
  std::atomic<bool> ready_ = false;

  std::once_flag shutdown_;
  std::mutex mutex_;
  std::unique_ptr<GrpcServer> current_;  // guarded by mutex_
  std::vector<Retired> retired_;         // the watcher's alone, until it is gone

  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<AcceptLoop> accept_loop_;
  std::unique_ptr<CertificateWatcher> watcher_;
};

absl::Status CheckOptions(const ServerOptions& options) {
  if (options.max_recv_message_size_mb < 1 || options.max_recv_message_size_mb > kMaxRecvMessageSizeMb) {
    return absl::InvalidArgumentError(fmt::format("cannot use --max-recv-message-size {}: it must be from 1 to {}",
                                                  options.max_recv_message_size_mb, kMaxRecvMessageSizeMb));
  }
  if (!options.insecure && options.tls_certs_dir.empty()) {
    return absl::FailedPreconditionError(
        "cannot serve: give --tls-certs-dir (or TLS_SERVER_CERTS_DIR), or --insecure for plain text");
  }
  return absl::OkStatus();
}

absl::StatusOr<Fd> ListenFor(std::string_view flag, std::string_view network, std::string_view address) {
  absl::StatusOr<Fd> socket = Listen(network, address);
  if (socket.ok()) return socket;
  return absl::Status(socket.status().code(), fmt::format("{} ({})", Message(socket.status()), flag));
}

absl::Status ServerImpl::Start() {
  if (absl::Status status = CheckOptions(options_); !status.ok()) return status;
  absl::StatusOr<CertificateFiles> files = CertificateFiles();
  if (!options_.insecure) files = ReadCertificates(options_.tls_certs_dir);
  if (!files.ok()) return files.status();
  absl::StatusOr<Fd> socket = ListenFor("--address", options_.network, options_.address);
  if (!socket.ok()) return socket.status();
  absl::StatusOr<std::unique_ptr<GrpcServer>> grpc = StartGrpc(*files);
  if (!grpc.ok()) return grpc.status();
  current_ = *std::move(grpc);
  if (absl::Status status = StartAdmin(); !status.ok()) return status;

  port_ = LocalPort(*socket);
  if (options_.announce) {
    if (options_.insecure) log::Warn("serving without TLS: --insecure is set");
    log::Info("serving", {{"address", LocalAddress(*socket)}, {"tls", !options_.insecure}, {"version", XFN_VERSION}});
  }
  accept_loop_ = std::make_unique<AcceptLoop>(*std::move(socket), [this](Fd connection) {
    const std::lock_guard lock(mutex_);
    current_->Adopt(std::move(connection));
  });
  if (!options_.insecure) {
    watcher_ = std::make_unique<CertificateWatcher>(options_.tls_certs_dir, options_.certificate_poll_interval,
                                                    *std::move(files), [this](const auto& now) { OnChange(now); });
  }
  ready_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<GrpcServer>> ServerImpl::StartGrpc(const CertificateFiles& files) {
  if (options_.insecure) return GrpcServer::Start(options_, grpc::InsecureServerCredentials(), runner_);
  const absl::StatusOr<absl::Time> expiry = CheckCertificates(files);
  if (!expiry.ok()) return expiry.status();
  auto credentials = TlsCredentials(files, metrics_);
  if (!credentials.ok()) return credentials.status();
  auto server = GrpcServer::Start(options_, *std::move(credentials), runner_);
  if (!server.ok()) return server;
  metrics_.certificate_expiry = absl::ToUnixSeconds(*expiry);
  if (*expiry < absl::Now()) log::Warn("the serving certificate has expired", {{"expiry", absl::FormatTime(*expiry)}});
  return server;
}

absl::Status ServerImpl::StartAdmin() {
  if (options_.metrics_address.empty()) return absl::OkStatus();
  absl::StatusOr<Fd> socket = ListenFor("--metrics-address", options_.network, options_.metrics_address);
  if (!socket.ok()) return socket.status();
  metrics_port_ = LocalPort(*socket);
  auto admin = AdminServer::Start(
      *std::move(socket), {.metrics = [this] { return metrics_.Render(); }, .ready = [this] { return ready_.load(); }});
  if (!admin.ok()) return admin.status();
  admin_ = *std::move(admin);
  return absl::OkStatus();
}

void ServerImpl::OnChange(const absl::StatusOr<CertificateFiles>& files) {
  absl::Status status = files.status();
  if (status.ok()) status = Replace(*files);
  if (status.ok()) {
    ++metrics_.reloads_succeeded;
    log::Info("certificates reloaded");
    return;
  }
  ++metrics_.reloads_failed;
  log::Error("cannot reload certificates, the ones before stay in use", {{"error", Message(status)}});
}

absl::Status ServerImpl::Replace(const CertificateFiles& files) {
  absl::StatusOr<std::unique_ptr<GrpcServer>> next = StartGrpc(files);
  if (!next.ok()) return next.status();
  DropRetired();
  // Twice the age, since gRPC adds a random part to it.
  const absl::Time empty_at = absl::Now() + 2 * options_.max_connection_age + options_.max_connection_age_grace;
  const std::lock_guard lock(mutex_);
  retired_.push_back({std::exchange(current_, *std::move(next)), empty_at});
  return absl::OkStatus();
}

void ServerImpl::DropRetired() {
  const absl::Time now = absl::Now();
  std::erase_if(retired_, [now](const Retired& old) {
    const bool empty = old.empty_at < now;
    if (empty) old.server->Shutdown(now);
    return empty;
  });
}

void ServerImpl::Shutdown(absl::Duration grace) {
  std::call_once(shutdown_, [this, grace] {
    const absl::Time deadline = absl::Now() + grace;
    ready_ = false;
    if (current_ == nullptr) return;  // it never started
    watcher_.reset();
    current_->StopServing();
    for (const Retired& old : retired_) old.server->StopServing();
    accept_loop_.reset();
    // At once, so that every client learns now to go elsewhere.
    std::vector<std::thread> drains;
    for (const Retired& old : retired_) drains.push_back(StartThread([&] { old.server->Shutdown(deadline); }));
    current_->Shutdown(deadline);
    for (std::thread& drain : drains) drain.join();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Function function) {
  auto server = std::make_unique<ServerImpl>(options, std::move(function));
  if (absl::Status status = server->Start(); !status.ok()) return status;
  return server;
}

}  // namespace xfn
