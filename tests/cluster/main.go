// Command cluster is a Kubernetes control plane for tests, in one process.
//
// Comes in: flags. Goes out: one JSON line on stdout once the API server is
// ready (see [ready]), logs on stderr. Never here: a kubelet or a scheduler, so
// Pods stay Pending; an address other than loopback; anything outside --dir.
//
//	etcd (unix sockets) <- kube-apiserver (127.0.0.1, free port) <- controllers
//
// It stops when it is asked to (SIGTERM, SIGINT) and when its stdin ends, so it
// never outlives the test run that started it, however that run ended.
//
// Build it as ../support/cluster.rs does: without the -X flags there, clients
// cannot parse the server's version.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Enough for Deployments, Jobs, quotas, garbage collection, namespaces and
// service accounts to work; the rest would only cost memory.
const defaultControllers = "namespace-controller,garbage-collector-controller," +
	"serviceaccount-controller,serviceaccount-token-controller," +
	"deployment-controller,replicaset-controller,job-controller," +
	"clusterrole-aggregation-controller,resourcequota-controller," +
	"root-ca-certificate-publisher-controller"

const (
	// Starting takes 3 to 4 s on an idle machine; a test machine is not idle.
	startLimit = 2 * time.Minute
	// The API server waits for requests in flight, and one may hang in a webhook.
	stopLimit = 5 * time.Second
)

// ready is the line on stdout: how to reach the API server, as the user of
// kubeadm's clusters, and with a token that RBAC never asks.
type ready struct {
	URL        string `json:"url"`
	Kubeconfig string `json:"kubeconfig"` // a path; the file is self-contained
	CA         string `json:"ca"`         // the path of a PEM file
	Token      string `json:"token"`      // of a member of system:masters
}

func main() {
	dir := flag.String("dir", "", "directory for all state; made if missing, and taken up where it was left if not; without it, a temporary one that is removed at the end")
	port := flag.Int("port", 0, "where the API server listens on 127.0.0.1; without it, on a free port")
	remove := flag.Bool("remove", false, "remove --dir at the end, unless it is a failure")
	controllers := flag.String("controllers", defaultControllers, "controllers to run, in kube-controller-manager's syntax (*, -name); empty for none")
	more := flag.String("more-controllers", "", "further ones")
	apis := flag.String("runtime-config", "", "versions of APIs to serve besides the usual ones, in kube-apiserver's syntax")
	ignoreStdin := flag.Bool("ignore-stdin", false, "do not stop when stdin ends")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if !*ignoreStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	if err := run(ctx, *dir, *port, *remove, append(splitList(*controllers), splitList(*more)...), *apis); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, or until a component fails.
func run(ctx context.Context, dir string, port int, remove bool, controllers []string, apis string) (err error) {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "cluster-")
		if err != nil {
			return err
		}
		dir, remove = temporary, true
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	defer func() {
		// After a failure, what is there may tell why.
		if remove && err == nil {
			err = os.RemoveAll(dir)
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}

	etcd, err := startEtcd(ctx, dir)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer etcd.Close()

	api, err := newAPIServer(ctx, dir, port, controllers, apis)
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	manager, err := newControllerManager(ctx, api, controllers)
	if err != nil {
		return fmt.Errorf("kube-controller-manager: %w", err)
	}

	// The first failure stops the others; all stop before etcd does.
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return untilDone(ctx, "kube-apiserver", api.serve) })
	if len(controllers) > 0 {
		group.Go(func() error { return untilDone(ctx, "kube-controller-manager", manager.serve) })
	}
	group.Go(func() error {
		if err := api.waitReady(ctx); err != nil {
			return orDone(ctx, err)
		}
		return json.NewEncoder(os.Stdout).Encode(api.ready)
	})
	<-ctx.Done()

	stopped := make(chan error, 1)
	go func() { stopped <- group.Wait() }()
	select {
	case err := <-stopped:
		return err
	case <-time.After(stopLimit):
		fmt.Fprintf(os.Stderr, "cluster: still busy %v after the stop\n", stopLimit)
		return nil
	}
}

// untilDone serves; an end before ctx's is a failure even without an error.
func untilDone(ctx context.Context, name string, serve func(context.Context) error) error {
	err := serve(ctx)
	if err == nil {
		err = errors.New("nobody asked it to")
	}
	return orDone(ctx, fmt.Errorf("%s ended: %w", name, err))
}

// orDone drops an error that only follows from the end of ctx.
func orDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func splitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
