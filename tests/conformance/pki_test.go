package conformance

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// Where Crossplane installs the function in these tests: the name that it dials and that the server's certificate has.
const serverName = "function-agent-executor.crossplane-system"

// crossplaneName is subject and issuer of every certificate that Crossplane makes, of leaves as well. It is why a plain
// OpenSSL verification takes them for self-signed.
var crossplaneName = pkix.Name{
	CommonName:   "Crossplane",
	Organization: []string{"Crossplane"},
	Country:      []string{"Earth"},
	Province:     []string{"Earth"},
	Locality:     []string{"Earth"},
}

// identity is a certificate with its key.
type identity struct {
	certificate *x509.Certificate
	key         *rsa.PrivateKey
}

func (i *identity) certificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.certificate.Raw})
}

func (i *identity) keyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(i.key)})
}

func (i *identity) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.certificate.Raw}, PrivateKey: i.key}
}

// issue signs template with the issuer's key; a nil issuer makes it self-signed.
func issue(t *testing.T, issuer *identity, template x509.Certificate) *identity {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatalf("cannot generate a key: %v", err)
	}
	if issuer == nil {
		issuer = &identity{certificate: &template, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, issuer.certificate, &key.PublicKey, issuer.key)
	if err != nil {
		t.Fatalf("cannot sign a certificate: %v", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("cannot parse a certificate: %v", err)
	}
	return &identity{certificate: certificate, key: key}
}

// The templates have the shape of Crossplane's own: internal/initializer/tls.go of crossplane/crossplane v2.3.4.

func newCA(t *testing.T) *identity {
	t.Helper()
	return issue(t, nil, x509.Certificate{
		SerialNumber:          big.NewInt(2022),
		Subject:               crossplaneName,
		Issuer:                crossplaneName,
		DNSNames:              []string{"crossplane-root-ca"},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().AddDate(10, 0, 0),
		IsCA:                  true,
		KeyUsage:              x509.KeyUsageCRLSign | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
	})
}

func leaf(usage x509.ExtKeyUsage, names ...string) x509.Certificate {
	return x509.Certificate{
		SerialNumber:          big.NewInt(2022),
		Subject:               crossplaneName,
		DNSNames:              names,
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{usage},
		BasicConstraintsValid: true,
	}
}

func clientLeaf() x509.Certificate {
	return leaf(x509.ExtKeyUsageClientAuth, "crossplane.crossplane-system")
}

func serverLeaf() x509.Certificate {
	return leaf(x509.ExtKeyUsageServerAuth, "function-agent-executor", serverName, serverName+".svc")
}
