package main

// One process in the place of a Pod's first container.
//
// Comes in: the Pod: arguments, environment, account, readiness probe. Goes out: a
// process that is started again when it ends, its log beside its state.

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

type container struct {
	pods      *pods
	pod       *corev1.Pod
	component string
	ip        string
	dir       string
	cancel    context.CancelFunc
	started   time.Time

	// Under the Pods' mutex.
	pid, restarts int
	readyAfter    time.Duration
}

// run keeps the process running until ctx ends.
func (c *container) run(ctx context.Context) {
	for err := c.prepare(ctx); err != nil; err = c.prepare(ctx) {
		fmt.Fprintf(os.Stderr, "installed: %s: %v\n", c.pod.Name, err)
		if !pause(ctx, time.Second) {
			return
		}
	}
	defer c.unready()
	for restarts := 0; ctx.Err() == nil; restarts++ {
		if halted := c.pods.mayStart(); halted != nil {
			select {
			case <-ctx.Done():
				return
			case <-halted:
			}
		}
		err := c.once(ctx, restarts)
		if ctx.Err() != nil {
			return
		}
		c.unready()
		c.report(ctx, false, false, restarts)
		fmt.Fprintf(os.Stderr, "installed: %s ended: %v; the end of its log:\n%s\n", c.pod.Name, err, tail(c.log()))
		// A kubelet backs off too, though from 10 s.
		pause(ctx, min(time.Duration(restarts+1)*time.Second, 10*time.Second))
	}
}

// pause tells whether ctx goes on.
func pause(ctx context.Context, long time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(long):
		return true
	}
}

func (c *container) log() string        { return filepath.Join(c.dir, "log") }
func (c *container) kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

// prepare writes a kubeconfig with the account's own token.
func (c *container) prepare(ctx context.Context) error {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	hours := int64(24 * 60 * 60)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &hours}}
	accounts := c.pods.in.client.CoreV1().ServiceAccounts(namespace)
	token, err := accounts.CreateToken(ctx, c.pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(c.pods.in.plane.CA)
	if err != nil {
		return err
	}
	const name = "cluster"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{
		Server: c.pods.door.url(), TLSServerName: "127.0.0.1", CertificateAuthorityData: ca,
	}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: namespace}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, c.kubeconfig())
}

// once runs the process until it ends or ctx does.
func (c *container) once(ctx context.Context, restarts int) error {
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	args := c.args()
	fmt.Fprintln(log, "$", c.pods.options.program, strings.Join(args, " "))
	command := exec.CommandContext(ctx, c.pods.options.program, args...)
	command.Dir, command.Stdout, command.Stderr = c.dir, log, log
	command.Env = append(os.Environ(), c.env()...)
	if c.pods.options.preload != "" {
		// A library may have something of its own for each process.
		command.Env = append(command.Env, "LD_PRELOAD="+c.pods.options.preload, "PRELOAD_DIR="+c.dir)
	}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	command.Cancel = func() error {
		if c.pods.isStopping() {
			// The cluster goes as well: nothing is left to end gracefully.
			return command.Process.Kill()
		}
		return command.Process.Signal(syscall.SIGTERM)
	}
	command.WaitDelay = 30 * time.Second
	c.started = time.Now()
	if err := command.Start(); err != nil {
		return err
	}
	c.is(command.Process.Pid, restarts, 0)
	defer c.is(0, restarts, 0)
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()

	ready, failed := false, 0
	told := c.report(ctx, true, false, restarts)
	tick := time.NewTicker(starting)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			if ctx.Err() != nil {
				// It is on its way out: no new connections.
				c.unready()
				continue
			}
			if c.probe() {
				failed = 0
			} else {
				failed++
			}
			// Once it was ready, a failure may be one.
			now := failed == 0 || ready && failed < c.patience()
			if now != ready {
				if ready = now; ready {
					c.is(command.Process.Pid, restarts, time.Since(c.started))
				}
				c.offer(ready)
				tick.Reset(map[bool]time.Duration{true: c.every(), false: starting}[ready])
				told = false
			}
			if !told {
				told = c.report(ctx, true, ready, restarts)
			}
		}
	}
}

// How often one that is not ready is asked; a kubelet has as much patience as when it is.
const starting = 20 * time.Millisecond

// is says how the process is.
func (c *container) is(pid, restarts int, readyAfter time.Duration) {
	c.pods.mutex.Lock()
	defer c.pods.mutex.Unlock()
	c.pid, c.restarts = pid, restarts
	if readyAfter != 0 || pid == 0 {
		c.readyAfter = readyAfter
	}
}

func (c *container) readiness() corev1.Probe {
	if probe := c.pod.Spec.Containers[0].ReadinessProbe; probe != nil {
		return *probe
	}
	return corev1.Probe{}
}

func (c *container) every() time.Duration {
	return time.Duration(max(c.readiness().PeriodSeconds, 1)) * time.Second
}

func (c *container) patience() int { return int(max(c.readiness().FailureThreshold, 1)) }

// args are the container's, with the Pod's address for every one of the machine's,
// and without the surroundings of a container.
func (c *container) args() []string {
	o := c.pods.options
	var args []string
	for _, arg := range c.pod.Spec.Containers[0].Args {
		args = append(args, strings.ReplaceAll(arg, "0.0.0.0", c.ip))
	}
	args = append(args, "--kubeconfig="+c.kubeconfig())
	sub := args[0]
	optional := append([]string{"--metrics-listen=" + c.ip + ":8000"}, flagsOf(c.pods.in.configs, c.component)...)
	for _, flag := range optional {
		if knows(o.program, sub, flag) {
			// Instead of what the manifests say.
			name, _, _ := strings.Cut(flag, "=")
			args = slices.DeleteFunc(args, func(arg string) bool { return strings.HasPrefix(arg, name+"=") })
			args = append(args, flag)
		}
	}
	if sub == "serve" {
		return append(args, o.serve...)
	}
	return append(args, o.control...)
}

// knows tells whether a subcommand takes a flag.
func knows(program, sub, flag string) bool {
	return exec.Command(program, sub, flag, "--help").Run() == nil
}

func (c *container) env() []string {
	var env []string
	for _, variable := range c.pod.Spec.Containers[0].Env {
		value := variable.Value
		if from := variable.ValueFrom; from != nil && from.FieldRef != nil {
			value = map[string]string{
				"metadata.name":           c.pod.Name,
				"metadata.namespace":      c.pod.Namespace,
				"metadata.uid":            string(c.pod.UID),
				"spec.serviceAccountName": c.pod.Spec.ServiceAccountName,
				"spec.nodeName":           "kind-worker",
				"status.podIP":            c.ip,
				"status.hostIP":           "127.0.0.1",
			}[from.FieldRef.FieldPath]
		}
		env = append(env, variable.Name+"="+value)
	}
	return env
}

// probe asks as the Pod's readiness probe says.
func (c *container) probe() bool {
	get := c.readiness().HTTPGet
	if get == nil {
		return true
	}
	client := http.Client{
		Timeout: time.Duration(max(c.readiness().TimeoutSeconds, 1)) * time.Second,
		// As a kubelet does: it trusts whoever listens.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
	}
	scheme := strings.ToLower(string(get.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	answer, err := client.Get(fmt.Sprintf("%s://%s%s", scheme, c.address(get.Port.String()), get.Path))
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode >= 200 && answer.StatusCode < 400
}

// address of a port, by number or by name.
func (c *container) address(port string) string {
	for _, named := range c.pod.Spec.Containers[0].Ports {
		if named.Name == port {
			port = strconv.Itoa(int(named.ContainerPort))
		}
	}
	return net.JoinHostPort(c.ip, port)
}

func (c *container) offer(ready bool) {
	balancer := c.pods.balancers[c.component]
	if balancer == nil {
		return
	}
	if ready {
		balancer.set(c.pod.Name, c.address("https"), 0)
	} else {
		balancer.set(c.pod.Name, "", c.pods.options.delay)
	}
}

func (c *container) unready() { c.offer(false) }

// tail is the end of a file.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
