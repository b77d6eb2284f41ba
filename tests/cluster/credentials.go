package main

// The files that let clients and components trust each other.
//
// Comes in: the state directory. Goes out: an administrator's token, the service
// accounts' key, a kubeconfig. Never here: the serving certificate itself, which
// the API server makes in the same directory.

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/keyutil"
)

type credentials struct {
	// The administrator's bearer token, a member of system:masters.
	token string

	// Paths; kubeconfig and ca exist once the API server has its certificate.
	dir               string
	tokens            string
	serviceAccountKey string
	kubeconfig        string
	ca                string
}

func writeCredentials(dir string) (credentials, error) {
	certs := filepath.Join(dir, "certs")
	c := credentials{
		token:             rand.Text(),
		dir:               certs,
		tokens:            filepath.Join(certs, "tokens.csv"),
		serviceAccountKey: filepath.Join(certs, "service-account.key"),
		kubeconfig:        filepath.Join(dir, "kubeconfig"),
		ca:                filepath.Join(certs, "apiserver.crt"),
	}
	if err := os.MkdirAll(certs, 0o700); err != nil {
		return c, err
	}
	line := fmt.Sprintf("%s,admin,admin,system:masters\n", c.token)
	if err := os.WriteFile(c.tokens, []byte(line), 0o600); err != nil {
		return c, err
	}
	_, _, err := keyutil.LoadOrGenerateKeyFile(c.serviceAccountKey)
	return c, err
}

// writeKubeconfig writes a file that holds all it needs, so it may be copied.
func (c credentials) writeKubeconfig(url string) error {
	ca, err := os.ReadFile(c.ca)
	if err != nil {
		return err
	}
	const name = "cluster"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: url, CertificateAuthorityData: ca}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: c.token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: "default"}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, c.kubeconfig)
}
