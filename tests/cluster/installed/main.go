// Command installed brings up a cluster in which the gate is installed as the
// manifests say, with processes on loopback instead of containers.
//
// Comes in: the control plane's program, the gate's program, the manifests under
// deploy/. Goes out: the path of a kubeconfig on stdout; logs and state under
// --dir. Never here: what the gate does, or a container.
//
//	control plane <- definitions, manifests, nodes        (objects.go)
//	Pods of the gate's Deployments <- one process each     (pods.go, process.go)
//	API server -> Service = 127.0.N.1 -> ready processes   (balance.go)
//	processes -> 127.0.N.5 -> API server                   (door.go)
//	whoever breaks things -> a socket under --dir           (control.go)
//
// It stops all of it when it is asked to (SIGTERM, SIGINT), when its stdin ends,
// or when the command after `--` has ended. Use it through ../up.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const namespace = "kyverno"

// How long the first processes may take before the command is run anyway.
const readyLimit = 30 * time.Second

type options struct {
	cluster  string // the control plane's program
	program  string // the gate's; empty for none
	deploy   string // the folder with the manifests
	dir      string
	number   int
	configs  []string
	replicas int
	serve    []string // further flags
	control  []string
	command  []string
	preload  string        // a library for the gate's processes
	delay    time.Duration // until a Service knows that a Pod is no target any more
}

func main() {
	o := options{}
	flag.StringVar(&o.cluster, "cluster", "", "the control plane's program")
	flag.StringVar(&o.program, "bin", "", "the gate's program")
	flag.StringVar(&o.deploy, "deploy", "deploy", "the folder with the manifests")
	flag.StringVar(&o.dir, "dir", "", "directory for state and logs; without it, a temporary one that is removed at the end")
	flag.IntVar(&o.number, "number", 1, "which of 127.0.N.0/24 to use, 1 to 254; clusters side by side need different ones")
	config := flag.String("config", "standard", "what to change of the defaults: standard, and with commas "+strings.Join(configNames(), ", ")+"; empty for nothing")
	flag.IntVar(&o.replicas, "replicas", 1, "admission controllers")
	serve := flag.String("serve-args", "", "further flags of `serve`, with blanks between")
	control := flag.String("controllers-args", "", "further flags of `controllers`, with blanks between")
	flag.StringVar(&o.preload, "preload", "", "a library for the gate's processes, as LD_PRELOAD has it")
	flag.DurationVar(&o.delay, "endpoints-delay", 0, "how long a Service sends connections to a Pod that is no target any more; a second or so in a real cluster")
	noEngine := flag.Bool("no-engine", false, "start none of the gate's processes: definitions and static objects only")
	flag.Parse()
	o.serve, o.control, o.command = strings.Fields(*serve), strings.Fields(*control), flag.Args()
	if *config != "" {
		o.configs = strings.Split(*config, ",")
	}
	if *noEngine {
		o.program = ""
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if len(o.command) == 0 {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	err := run(ctx, o)
	var ended *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &ended):
		os.Exit(ended.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "installed:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, or until the command does; then its result is the answer.
func run(ctx context.Context, o options) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "up-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	o.dir = dir
	if o.program != "" {
		// Processes run in folders of their own.
		if o.program, err = filepath.Abs(o.program); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}

	plane, err := startControlPlane(o)
	if err != nil {
		return err
	}
	defer plane.remove()
	in, err := newInstall(ctx, o, plane)
	if err != nil {
		return err
	}
	if err := in.apply(ctx); err != nil {
		return fmt.Errorf("manifests: %w", err)
	}
	if o.program != "" {
		// The processes end before the control plane does: some tidy up there.
		work, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		door, err := openDoor(o, plane)
		if err != nil {
			return err
		}
		defer door.listener.Close()
		pods := newPods(in, door, o)
		control, err := serveControl(pods)
		if err != nil {
			return err
		}
		defer control.Close()
		go func() { defer close(done); pods.run(work) }()
		if measures(in.configs) {
			go pods.measure(work)
		}
		defer func() { cancel(); <-done }()
		if err := pods.waitReady(ctx, readyLimit); err != nil {
			fmt.Fprintln(os.Stderr, "installed:", err)
		}
	}
	if len(o.command) == 0 {
		fmt.Println(plane.Kubeconfig)
		<-ctx.Done()
		return nil
	}
	args := make([]string, len(o.command))
	for i, arg := range o.command {
		args[i] = strings.ReplaceAll(arg, "{}", plane.Kubeconfig)
	}
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Env = append(os.Environ(), "KUBECONFIG="+plane.Kubeconfig, controlVariable+"="+controlSocket(o))
	if o.program != "" {
		// Tests call the command line by its peer's name.
		bin := filepath.Join(o.dir, "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			return err
		}
		if err := os.Symlink(o.program, filepath.Join(bin, "kyverno")); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		command.Env = append(command.Env, "PATH="+bin+":"+os.Getenv("PATH"))
	}
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	return command.Run()
}
