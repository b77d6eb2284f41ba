package main

// The store: one etcd member in this process.
//
// Comes in: the state directory. Goes out: a running server behind the socket
// that etcdURL names. Never here: TCP ports, fsync, a second member.

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// A unix socket's path has 107 usable bytes on Linux, and gRPC's are ours plus
// a file name.
const maxDirLength = 94

func etcdURL(dir string) url.URL {
	return url.URL{Scheme: "unix", Path: filepath.Join(dir, "etcd.sock")}
}

// startEtcd returns once the store accepts requests. The caller closes it.
func startEtcd(ctx context.Context, dir string) (*embed.Etcd, error) {
	if len(dir) >= maxDirLength {
		return nil, fmt.Errorf("`%s` is too long for unix sockets: %d bytes, the limit is %d", dir, len(dir), maxDirLength-1)
	}
	peer := url.URL{Scheme: "unix", Path: filepath.Join(dir, "peer.sock")}
	// Advertised addresses must be TCP ones; nobody calls a lone member by them.
	nowhere := url.URL{Scheme: "http", Host: "127.0.0.1:1"}

	config := embed.NewConfig()
	config.Name = "cluster"
	config.Dir = filepath.Join(dir, "etcd")
	config.ListenClientUrls = []url.URL{etcdURL(dir)}
	config.ListenPeerUrls = []url.URL{peer}
	config.AdvertiseClientUrls = []url.URL{nowhere}
	config.AdvertisePeerUrls = []url.URL{nowhere}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogLevel = "warn"
	// Otherwise each request is slow enough for a line in the log.
	config.WarningUnaryRequestDuration = time.Second
	// The store lives as long as a test run: a power cut may take it.
	config.UnsafeNoFsync = true

	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, nil
	case err := <-etcd.Err():
		etcd.Close()
		return nil, err
	case <-ctx.Done():
		etcd.Close()
		return nil, errors.New("stopped while starting")
	}
}
