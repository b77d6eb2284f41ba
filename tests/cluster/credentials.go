package main

// The files that let clients and components trust each other.
//
// Comes in: the state directory. Goes out: a user's certificate as kubeadm makes
// it, a token for the components, the service accounts' key, a kubeconfig for each.
// Never here: the serving certificate itself, which the API server makes in the
// same directory.

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// The user of the kubeconfig that is handed out, with the names that kubeadm
// gives: what a user may do, and what policies see, is then as in most clusters.
const (
	userName  = "kubernetes-admin"
	userGroup = "kubeadm:cluster-admins"
)

type credentials struct {
	// A bearer token of a member of system:masters.
	token string

	// Paths; the kubeconfigs and ca exist once the API server has its certificate.
	dir               string
	tokens            string
	serviceAccountKey string
	kubeconfig        string // of the user
	masters           string // of a member of system:masters, for what runs here
	ca                string
	clientCA          string // signs what clients show
}

func writeCredentials(dir string) (credentials, error) {
	certs := filepath.Join(dir, "certs")
	c := credentials{
		token:             rand.Text(),
		dir:               certs,
		tokens:            filepath.Join(certs, "tokens.csv"),
		serviceAccountKey: filepath.Join(certs, "service-account.key"),
		kubeconfig:        filepath.Join(dir, "kubeconfig"),
		masters:           filepath.Join(certs, "masters.kubeconfig"),
		ca:                filepath.Join(certs, "apiserver.crt"),
		clientCA:          filepath.Join(certs, "client-ca.crt"),
	}
	if err := os.MkdirAll(certs, 0o700); err != nil {
		return c, err
	}
	// Of an earlier run: whoever has them goes on.
	if tokens, err := os.ReadFile(c.tokens); err == nil {
		c.token, _, _ = strings.Cut(string(tokens), ",")
		return c, nil
	}
	if _, _, err := keyutil.LoadOrGenerateKeyFile(c.serviceAccountKey); err != nil {
		return c, err
	}
	if err := c.writeUser(); err != nil {
		return c, err
	}
	line := fmt.Sprintf("%s,admin,admin,system:masters\n", c.token)
	return c, os.WriteFile(c.tokens, []byte(line), 0o600)
}

func (c credentials) userCert() string { return filepath.Join(c.dir, "user.crt") }
func (c credentials) userKey() string  { return filepath.Join(c.dir, "user.key") }

// writeUser makes an authority for clients, and the user's certificate.
func (c credentials) writeUser() error {
	caKey, err := newKey()
	if err != nil {
		return err
	}
	ca, err := cert.NewSelfSignedCACert(cert.Config{CommonName: "kubernetes"}, caKey)
	if err != nil {
		return err
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	user, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: userName, Organization: []string{userGroup}},
		NotBefore:    ca.NotBefore,
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, ca, key.Public(), caKey)
	if err != nil {
		return err
	}
	keyPEM, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return err
	}
	for path, text := range map[string][]byte{
		c.clientCA:   certPEM(ca.Raw),
		c.userCert(): certPEM(user),
		c.userKey():  keyPEM,
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newKey() (crypto.Signer, error) {
	text, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return nil, err
	}
	key, err := keyutil.ParsePrivateKeyPEM(text)
	if err != nil {
		return nil, err
	}
	return key.(crypto.Signer), nil
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: cert.CertificateBlockType, Bytes: der})
}

// writeKubeconfigs writes files that hold all they need, so they may be copied.
func (c credentials) writeKubeconfigs(url string) error {
	certificate, err := os.ReadFile(c.userCert())
	if err != nil {
		return err
	}
	key, err := os.ReadFile(c.userKey())
	if err != nil {
		return err
	}
	user := &clientcmdapi.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}
	if err := c.writeKubeconfig(c.kubeconfig, url, user); err != nil {
		return err
	}
	return c.writeKubeconfig(c.masters, url, &clientcmdapi.AuthInfo{Token: c.token})
}

func (c credentials) writeKubeconfig(path, url string, user *clientcmdapi.AuthInfo) error {
	ca, err := os.ReadFile(c.ca)
	if err != nil {
		return err
	}
	const name = "cluster"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: url, CertificateAuthorityData: ca}
	config.AuthInfos[name] = user
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: "default"}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, path)
}
