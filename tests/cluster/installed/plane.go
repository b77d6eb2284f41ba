package main

// The control plane: the program of the folder above, as a process.
//
// Comes in: its program, a folder for its state. Goes out: an API server that may be
// stopped and started again, with the same address and everything that it stored.
// Never here: what is in it.

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// controlPlane is how to reach it, too.
type controlPlane struct {
	URL        string `json:"url"`
	Kubeconfig string `json:"kubeconfig"`
	CA         string `json:"ca"`
	Token      string `json:"token"`

	program string
	dir     string
	log     string
	apis    string // versions to serve besides the usual ones
	scales  bool

	mutex   sync.Mutex
	stdin   io.Closer
	process *exec.Cmd
}

func startControlPlane(o options) (*controlPlane, error) {
	configs, err := chosen(o.configs)
	if err != nil {
		return nil, err
	}
	plane := &controlPlane{
		apis:    strings.Join(apisOf(configs), ","),
		scales:  measures(configs),
		program: o.cluster,
		dir:     filepath.Join(o.dir, "k8s"),
		log:     filepath.Join(o.dir, "control-plane.log"),
	}
	// What an earlier run left that was killed.
	if err := os.RemoveAll(plane.dir); err != nil {
		return nil, err
	}
	return plane, plane.start()
}

// start returns when it is ready. Nobody may call it while it runs.
func (p *controlPlane) start() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	// Evictions ask for a budget, which somebody has to count.
	controllers := "disruption-controller"
	if p.scales {
		controllers += ",horizontal-pod-autoscaler-controller"
	}
	args := []string{"--dir", p.dir, "--more-controllers", controllers, "--runtime-config", p.apis}
	if p.URL != "" {
		address, err := url.Parse(p.URL)
		if err != nil {
			return err
		}
		args = append(args, "--port", address.Port())
	}
	process := exec.Command(p.program, args...)
	process.Stderr = log
	// An interrupt of the terminal reaches us alone; we end it last.
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := process.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	p.stdin, p.process = stdin, process
	if err := json.NewDecoder(stdout).Decode(p); err != nil {
		p.end()
		return fmt.Errorf("the control plane did not start, see `%s`: %w", p.log, err)
	}
	return nil
}

// stop returns when it has ended.
func (p *controlPlane) stop() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.end()
}

// kill ends it as a power cut would.
func (p *controlPlane) kill() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_ = p.process.Process.Kill()
	p.end()
}

func (p *controlPlane) end() {
	p.stdin.Close()
	_ = p.process.Wait()
}

// remove stops it for good.
func (p *controlPlane) remove() {
	p.stop()
	_ = os.RemoveAll(p.dir)
}
