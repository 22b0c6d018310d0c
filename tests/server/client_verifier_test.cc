#include "client_verifier.h"

#include <catch2/catch.hpp>

#include "absl/time/clock.h"
#include "pki.h"
#include "xfn/status.h"

namespace xfn::test {
namespace {

using Catch::Matchers::Contains;

Shape Ordinary(Shape shape, const std::string& name) {
  shape.name = name;
  shape.key_identifiers = true;
  return shape;
}

Shape With(Shape shape, void (*change)(Shape&)) {
  change(shape);
  return shape;
}

TEST_CASE("which client certificates are accepted") {
  const absl::Time now = absl::Now();
  const Identity ca = Issue(CaShape(), nullptr);
  const Identity other_ca = Issue(CaShape(), nullptr);
  const Identity expired_ca = Issue(With(CaShape(), [](Shape& s) { s.not_after = -60; }), nullptr);
  const Identity not_signing_ca = Issue(With(CaShape(), [](Shape& s) { s.key_usage = "cRLSign"; }), nullptr);
  const Identity root = Issue(Ordinary(CaShape(), "root"), nullptr);
  const Identity intermediate = Issue(Ordinary(CaShape(), "intermediate"), &root);
  const Identity end_entity = Issue(Ordinary(ClientShape(), "not a CA"), &root);
  const std::string all = ca.CertificatePem() + expired_ca.CertificatePem() + root.CertificatePem();

  struct Row {
    const char* reason;
    Identity leaf;
    std::string cas;
    std::string chain;
    const char* refused;  // a part of the message; "" when accepted
  };
  std::vector<Row> rows;
  const auto add = [&rows](const char* reason, Identity leaf, std::string cas, std::string chain, const char* refused) {
    rows.push_back({reason, std::move(leaf), std::move(cas), std::move(chain), refused});
  };
  add("Crossplane's", Issue(ClientShape(), &ca), ca.CertificatePem(), "", "");
  add("Crossplane's, the second CA of a rotation", Issue(ClientShape(), &ca),
      other_ca.CertificatePem() + ca.CertificatePem(), "", "");
  add("no extended usage means any", Issue(With(ClientShape(), [](Shape& s) { s.extended_key_usage = ""; }), &ca), all,
      "", "");
  add("an ordinary PKI", Issue(Ordinary(ClientShape(), "client"), &root), all, "", "");
  add("through an intermediate that the client sends", Issue(Ordinary(ClientShape(), "client"), &intermediate), all,
      intermediate.CertificatePem(), "");
  add("an intermediate in ca.crt is an anchor", Issue(Ordinary(ClientShape(), "client"), &intermediate),
      intermediate.CertificatePem(), "", "");

  add("another CA of the same name", Issue(ClientShape(), &other_ca), all, "", "no CA of ca.crt signed it");
  add("self-signed", Issue(ClientShape(), nullptr), all, "", "no CA of ca.crt signed it");
  add("self-signed, ordinary", Issue(Ordinary(ClientShape(), "client"), nullptr), all, "", "no CA of ca.crt signed it");
  add("expired", Issue(With(ClientShape(), [](Shape& s) { s.not_after = -60; }), &ca), all, "", "it has expired");
  add("not yet valid", Issue(With(ClientShape(), [](Shape& s) { s.not_before = 60; }), &ca), all, "", "not valid yet");
  add("for servers", Issue(ServerShape(), &ca), all, "", "not meant for TLS clients");
  add("for servers, ordinary", Issue(Ordinary(ServerShape(), "server"), &root), all, "", "purpose");
  add("an expired CA", Issue(ClientShape(), &expired_ca), all, "", "the CA that signed it has expired");
  add("a CA that may not sign", Issue(ClientShape(), &not_signing_ca), not_signing_ca.CertificatePem() + all, "",
      "no CA of ca.crt signed it");
  add("an end entity in ca.crt is no anchor", Issue(Ordinary(ClientShape(), "client"), &end_entity),
      all + end_entity.CertificatePem(), "", "issuer");
  add("the intermediate is missing", Issue(Ordinary(ClientShape(), "client"), &intermediate), all, "", "issuer");
  add("a CA that the client brings along", Issue(ClientShape(), &other_ca), all, other_ca.CertificatePem(),
      "no CA of ca.crt signed it");
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto verifier = ClientVerifier::Create(row.cas);
    REQUIRE(verifier.ok());
    const absl::Status status = (*verifier)->Verify(row.leaf.CertificatePem(), row.chain, now);
    INFO(status);
    CHECK(status.ok() == (*row.refused == '\0'));
    CHECK_THAT(std::string(Message(status)), Contains(row.refused));
  }

  const auto verifier = ClientVerifier::Create(all);
  const std::string good = rows.front().leaf.CertificatePem();
  CHECK((*verifier)->Verify(good, "", now).ok());
  CHECK_FALSE((*verifier)->Verify(good, "", now + absl::Hours(2)).ok());
  CHECK_FALSE((*verifier)->Verify("", "", now).ok());
  CHECK_FALSE((*verifier)->Verify("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", now).ok());
}

TEST_CASE("ca.crt must hold a CA") {
  const Identity ca = Issue(CaShape(), nullptr);
  const Identity leaf = Issue(ClientShape(), &ca);
  CHECK(ClientVerifier::Create(leaf.CertificatePem() + ca.CertificatePem()).ok());
  for (const std::string& pem : {std::string(), std::string("text"), leaf.CertificatePem(), ca.KeyPem()}) {
    CHECK(ClientVerifier::Create(pem).status().code() == absl::StatusCode::kFailedPrecondition);
  }
}

}  // namespace
}  // namespace xfn::test
