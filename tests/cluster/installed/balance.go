package main

// What a Service does: connections to its address go to the Pods that are ready,
// in turn.

import (
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"time"
)

// Where Services listen, as their port says.
const servicePort = "443"

// balancer is one Service.
type balancer struct {
	mutex   sync.Mutex
	targets map[string]string      // by Pod
	leaving map[string]*time.Timer // by Pod
	order   []string
	next    int
}

// listen serves until the listener is closed.
func (b *balancer) listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(address, servicePort))
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go b.forward(connection)
		}
	}()
	return listener, nil
}

// set says where a ready Pod listens; nowhere takes it out, after a while.
func (b *balancer) set(pod, address string, delay time.Duration) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.targets == nil {
		b.targets, b.leaving = map[string]string{}, map[string]*time.Timer{}
	}
	switch leaves := b.leaving[pod]; {
	case address != "":
		if leaves != nil {
			leaves.Stop()
			delete(b.leaving, pod)
		}
		b.targets[pod] = address
		b.sort()
	case b.targets[pod] != "" && leaves == nil:
		b.leaving[pod] = time.AfterFunc(delay, func() { b.remove(pod) })
	}
}

func (b *balancer) remove(pod string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.leaving[pod] == nil {
		// It came back at the last moment.
		return
	}
	delete(b.leaving, pod)
	delete(b.targets, pod)
	b.sort()
}

func (b *balancer) sort() {
	b.order = slices.Sorted(maps.Values(b.targets))
}

func (b *balancer) pick() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if len(b.order) == 0 {
		return ""
	}
	b.next = (b.next + 1) % len(b.order)
	return b.order[b.next]
}

func (b *balancer) forward(client net.Conn) {
	defer client.Close()
	target := b.pick()
	if target == "" {
		return
	}
	server, err := net.DialTimeout("tcp", target, time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			// The other direction may still have something to say.
			if half, ok := way[0].(*net.TCPConn); ok {
				_ = half.CloseWrite()
			}
			done <- struct{}{}
		}()
	}
	<-done
	<-done
}
