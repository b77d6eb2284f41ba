package main

// What a Service does: connections to its address go to the Pods that are ready,
// in turn.

import (
	"io"
	"net"
	"sync"
	"time"
)

// Where Services listen, as their port says.
const servicePort = "443"

// balancer is one Service.
type balancer struct {
	mutex   sync.Mutex
	targets map[string]string // by Pod
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

// set says where a ready Pod listens; nowhere takes it out.
func (b *balancer) set(pod, address string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.targets == nil {
		b.targets = map[string]string{}
	}
	if address == "" {
		delete(b.targets, pod)
	} else {
		b.targets[pod] = address
	}
	b.order = b.order[:0]
	for _, target := range b.targets {
		b.order = append(b.order, target)
	}
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
