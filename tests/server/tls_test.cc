// Mutual TLS over real sockets: who is let in, and certificates that change while serving.
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "client.h"
#include "pki.h"
#include "xfn/server.h"

namespace xfn::test {
namespace {

ServerOptions Options(const std::string& certificates) {
  ServerOptions options;
  options.address = "127.0.0.1:0";
  options.metrics_address = "127.0.0.1:0";
  options.tls_certs_dir = certificates;
  options.certificate_poll_interval = absl::Milliseconds(10);
  return options;
}

std::unique_ptr<Server> Started(const ServerOptions& options) {
  auto server = Server::Start(options, [](const Request&, Response&) { return absl::OkStatus(); });
  INFO(server.status());
  REQUIRE(server.ok());
  return *std::move(server);
}

// WaitFor polls a metric until it has the value; the test's own time limit ends it.
void WaitFor(int port, const std::string& sample, double value) {
  while (Metric(port, sample) != value) std::this_thread::yield();
}

const char* const kReloaded = "xfn_certificate_reloads_total{result=\"success\"}";
const char* const kNotReloaded = "xfn_certificate_reloads_total{result=\"failure\"}";

TEST_CASE("a client is let in or refused during the handshake") {
  const Identity ca = Issue(CaShape(), nullptr);
  const Identity foreign_ca = Issue(CaShape(), nullptr);
  const Identity server_identity = Issue(ServerShape(), &ca);
  Shape ordinary_ca_shape = CaShape();
  ordinary_ca_shape.name = "ordinary root";
  ordinary_ca_shape.key_identifiers = true;
  const Identity ordinary_ca = Issue(ordinary_ca_shape, nullptr);
  const Identity foreign_ordinary_ca = Issue(ordinary_ca_shape, nullptr);
  Shape ordinary_shape = ClientShape();
  ordinary_shape.name = "ordinary client";
  ordinary_shape.key_identifiers = true;
  Shape expired = ClientShape();
  expired.not_before = -7200;
  expired.not_after = -3600;

  const CertificateDirectory directory(server_identity, ca.CertificatePem() + ordinary_ca.CertificatePem());
  const auto server = Started(Options(directory.path()));

  struct Row {
    std::string reason;
    Identity client;
    bool accepted;
  };
  std::vector<Row> rows;
  rows.push_back({"Crossplane's own", Issue(ClientShape(), &ca), true});
  rows.push_back({"an ordinary PKI", Issue(ordinary_shape, &ordinary_ca), true});
  rows.push_back({"a foreign CA of the same name", Issue(ClientShape(), &foreign_ca), false});
  rows.push_back({"a foreign CA of an ordinary PKI", Issue(ordinary_shape, &foreign_ordinary_ca), false});
  rows.push_back({"expired", Issue(expired, &ca), false});
  rows.push_back({"for servers only", Issue(ServerShape(), &ca), false});
  rows.push_back({"self-signed", Issue(ClientShape(), nullptr), false});
  double refused = 0;
  for (const Row& row : rows) {
    INFO(row.reason);
    const grpc::Status status = RunFunction(ConnectTls(server->port(), &row.client), "t");
    INFO(status.error_message());
    CHECK(status.ok() == row.accepted);
    refused += row.accepted ? 0 : 1;
    CHECK(Metric(server->metrics_port(), "xfn_client_certificates_refused_total") >= refused);
  }
  CHECK_FALSE(RunFunction(ConnectTls(server->port(), nullptr), "no certificate").ok());
  CHECK_FALSE(RunFunction(Connect(server->port()), "plain text").ok());
  CHECK(RunFunction(ConnectTls(server->port(), &rows[0].client), "still serving").ok());
}

TEST_CASE("certificates are reloaded while connections stay") {
  const Identity ca = Issue(CaShape(), nullptr);
  const Identity client = Issue(ClientShape(), &ca);
  const CertificateDirectory directory(Issue(ServerShape(), &ca), ca.CertificatePem());
  const auto server = Started(Options(directory.path()));
  const int metrics = server->metrics_port();
  const auto open = ConnectTls(server->port(), &client);
  REQUIRE(RunFunction(open, "before").ok());

  const Identity next_ca = Issue(CaShape(), nullptr);
  const Identity next_client = Issue(ClientShape(), &next_ca);
  Shape longer = ServerShape();
  longer.not_after = 7200;
  const Identity next_server = Issue(longer, &next_ca);

  // Half a set: the certificate alone, then a torn CA.
  const double expiry = Metric(metrics, "xfn_certificate_expiry_timestamp_seconds");
  directory.Write("tls.crt", next_server.CertificatePem());
  WaitFor(metrics, kNotReloaded, 1);
  CHECK(RunFunction(ConnectTls(server->port(), &client), "the last good set serves").ok());
  directory.Write("ca.crt", "-----BEGIN CERTIFICATE-----\nMII");
  WaitFor(metrics, kNotReloaded, 2);
  CHECK(RunFunction(ConnectTls(server->port(), &client), "the last good set serves").ok());
  std::filesystem::remove(directory.path() + "/ca.crt");
  WaitFor(metrics, kNotReloaded, 3);
  CHECK(Metric(metrics, "xfn_certificate_expiry_timestamp_seconds") == expiry);

  directory.Write("ca.crt", ca.CertificatePem() + next_ca.CertificatePem());
  WaitFor(metrics, kNotReloaded, 4);  // the key is still the old one
  directory.Write("tls.key", next_server.KeyPem());
  WaitFor(metrics, kReloaded, 1);
  CHECK(Metric(metrics, "xfn_certificate_expiry_timestamp_seconds") > expiry);
  CHECK(RunFunction(open, "the open connection").ok());
  CHECK(RunFunction(ConnectTls(server->port(), &client), "both CAs during the rotation").ok());
  CHECK(RunFunction(ConnectTls(server->port(), &next_client), "both CAs during the rotation").ok());

  directory.Write("ca.crt", next_ca.CertificatePem());
  WaitFor(metrics, kReloaded, 2);
  CHECK(RunFunction(ConnectTls(server->port(), &next_client), "the new CA").ok());
  CHECK_FALSE(RunFunction(ConnectTls(server->port(), &client), "the old CA is gone").ok());
  CHECK(Metric(metrics, kNotReloaded) == 4);
}

TEST_CASE("servers of old certificates go when their connections must have ended") {
  const Identity ca = Issue(CaShape(), nullptr);
  const CertificateDirectory directory(Issue(ServerShape(), &ca), ca.CertificatePem());
  ServerOptions options = Options(directory.path());
  options.max_connection_age = absl::ZeroDuration();
  options.max_connection_age_grace = absl::ZeroDuration();
  const auto server = Started(options);
  for (int reload = 1; reload <= 3; ++reload) {
    directory.Write("ca.crt", Issue(CaShape(), nullptr).CertificatePem() + ca.CertificatePem());
    WaitFor(server->metrics_port(), kReloaded, reload);
  }
  CHECK(HttpGet(server->metrics_port(), "/readyz").code == 200);
  CHECK(Listening(server->port()));
}

TEST_CASE("a Secret volume swaps all files at once through a symbolic link") {
  const Identity ca = Issue(CaShape(), nullptr);
  const Identity next_ca = Issue(CaShape(), nullptr);
  const CertificateDirectory before(Issue(ServerShape(), &ca), ca.CertificatePem());
  const CertificateDirectory after(Issue(ServerShape(), &next_ca), next_ca.CertificatePem());
  const CertificateDirectory mount(Issue(ServerShape(), &ca), "");
  namespace fs = std::filesystem;
  fs::create_directory_symlink(before.path(), mount.path() + "/..data");
  for (const char* name : {"tls.crt", "tls.key", "ca.crt"}) {
    fs::remove(mount.path() + "/" + name);
    fs::create_symlink(std::string("..data/") + name, mount.path() + "/" + name);
  }
  const auto server = Started(Options(mount.path()));
  fs::create_directory_symlink(after.path(), mount.path() + "/..data_tmp");
  fs::rename(mount.path() + "/..data_tmp", mount.path() + "/..data");
  WaitFor(server->metrics_port(), kReloaded, 1);
  const Identity client = Issue(ClientShape(), &next_ca);
  CHECK(RunFunction(ConnectTls(server->port(), &client), "the new CA").ok());
  CHECK(Metric(server->metrics_port(), kNotReloaded) == 0);
}

}  // namespace
}  // namespace xfn::test
