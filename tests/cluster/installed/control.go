package main

// What somebody may do to a running cluster who wants to see what the gate survives.
//
// Comes in: requests on a Unix socket under --dir, whose path the command after `--`
// finds in its environment. Goes out: signals to processes, connections that break, a
// control plane that stops and starts. Never here: what should come of it (see ../faults).
//
//	GET  /pods                           the processes, as JSON
//	POST /signal?pod=P&name=KILL         KILL, STOP, CONT, TERM
//	POST /throttle?pod=P&percent=10      so much of a core; 0 ends it
//	POST /halt, POST /resume             all processes killed and kept away; started again
//	POST /plane?do=stop                  stop, kill, start
//	POST /door?shut=true&break=true&hang=true  the way from the processes to the API server

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const controlVariable = "PORTCULLIS_INSTALLED"

func controlSocket(o options) string { return filepath.Join(o.dir, "control") }

// One period of a container's share of the processor, as the kernel has it.
const period = 100 * time.Millisecond

type process struct {
	Pod       string `json:"pod"`
	Component string `json:"component"`
	IP        string `json:"ip"`
	PID       int    `json:"pid"` // 0 while it does not run
	Dir       string `json:"dir"`
	Restarts  int    `json:"restarts"`
	// From the start of the process to the first probe that said so; 0 before.
	ReadyAfterMs int64 `json:"readyAfterMs"`
}

func serveControl(p *pods) (net.Listener, error) {
	listener, err := net.Listen("unix", controlSocket(p.options))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pods", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(p.list())
	})
	post := func(path string, do func(r *http.Request) error) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			if err := do(r); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
	}
	post("/signal", func(r *http.Request) error {
		signals := map[string]syscall.Signal{"KILL": syscall.SIGKILL, "STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT, "TERM": syscall.SIGTERM}
		signal, ok := signals[r.FormValue("name")]
		if !ok {
			return fmt.Errorf("no signal `%s`", r.FormValue("name"))
		}
		return p.signal(r.FormValue("pod"), signal)
	})
	post("/throttle", func(r *http.Request) error {
		percent, err := strconv.Atoi(r.FormValue("percent"))
		if err != nil {
			return err
		}
		return p.throttle(r.FormValue("pod"), percent)
	})
	post("/halt", func(*http.Request) error { p.halt(); return nil })
	post("/resume", func(*http.Request) error { p.resume(); return nil })
	post("/plane", func(r *http.Request) error {
		switch do := r.FormValue("do"); do {
		case "stop":
			p.in.plane.stop()
		case "kill":
			p.in.plane.kill()
		case "start":
			return p.in.plane.start()
		default:
			return fmt.Errorf("no `%s`", do)
		}
		return nil
	})
	post("/door", func(r *http.Request) error {
		p.door.hang(r.FormValue("hang") == "true")
		p.door.set(r.FormValue("shut") == "true", r.FormValue("break") == "true")
		return nil
	})
	go func() { _ = http.Serve(listener, mux) }()
	return listener, nil
}

func (p *pods) list() []process {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	list := []process{}
	for _, c := range p.running {
		list = append(list, process{
			Pod: c.pod.Name, Component: c.component, IP: c.ip, Dir: c.dir,
			PID: c.pid, Restarts: c.restarts, ReadyAfterMs: c.readyAfter.Milliseconds(),
		})
	}
	return list
}

func (p *pods) signal(pod string, signal syscall.Signal) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, c := range p.running {
		if c.pod.Name == pod && c.pid != 0 {
			return syscall.Kill(c.pid, signal)
		}
	}
	return fmt.Errorf("`%s` does not run", pod)
}

// throttle lets a process run for a part of each period only, as a limit of a
// container does.
func (p *pods) throttle(pod string, percent int) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if end := p.throttled[pod]; end != nil {
		close(end)
		delete(p.throttled, pod)
	}
	if percent <= 0 || percent >= 100 {
		return nil
	}
	end := make(chan struct{})
	p.throttled[pod] = end
	runs := period * time.Duration(percent) / 100
	go func() {
		defer func() { _ = p.signal(pod, syscall.SIGCONT) }()
		for {
			_ = p.signal(pod, syscall.SIGSTOP)
			time.Sleep(period - runs)
			_ = p.signal(pod, syscall.SIGCONT)
			select {
			case <-end:
				return
			case <-time.After(runs):
			}
		}
	}()
	return nil
}

// halt kills every process and starts none before resume.
func (p *pods) halt() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.halted = make(chan struct{})
	for _, c := range p.running {
		if c.pid != 0 {
			_ = syscall.Kill(c.pid, syscall.SIGKILL)
		}
	}
}

func (p *pods) resume() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.halted != nil {
		close(p.halted)
		p.halted = nil
	}
}

// mayStart is closed when processes may start; nil when they may at once.
func (p *pods) mayStart() chan struct{} {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.halted
}
