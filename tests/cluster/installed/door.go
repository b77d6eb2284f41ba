package main

// The way from the gate's processes to the API server, which can be broken.
//
// Comes in: connections on an address of its own. Goes out: the same to the API
// server, unless the door is shut. Never here: what is said.

import (
	"net"
	"net/url"
	"sync"
	"time"
)

// Where it listens, on the address that ends so.
const doorPort, doorHost = "6443", 5

type door struct {
	listener net.Listener
	plane    string // host:port

	mutex sync.Mutex
	shut  bool
	hangs chan struct{} // closed when it does so no longer
	open  map[net.Conn]struct{}
}

func openDoor(o options, plane *controlPlane) (*door, error) {
	address, err := url.Parse(plane.URL)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(loopback(o, doorHost), doorPort))
	if err != nil {
		return nil, err
	}
	d := &door{listener: listener, plane: address.Host, open: map[net.Conn]struct{}{}}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go d.forward(connection)
		}
	}()
	return d, nil
}

func (d *door) url() string { return "https://" + d.listener.Addr().String() }

// set opens the door, or shuts it: new connections end at once then. Those that are
// there break in both cases when told so.
func (d *door) set(shut, breaks bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.shut = shut
	if breaks {
		for connection := range d.open {
			connection.Close()
		}
	}
}

// hang lets nothing through, and breaks nothing.
func (d *door) hang(hangs bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.hangs != nil {
		close(d.hangs)
		d.hangs = nil
	}
	if hangs {
		d.hangs = make(chan struct{})
	}
}

// copy is io.Copy with a pause between reading and writing while the door hangs.
func (d *door) copy(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		d.mutex.Lock()
		hangs := d.hangs
		d.mutex.Unlock()
		if hangs != nil {
			<-hangs
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (d *door) forward(client net.Conn) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", d.plane, time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	if !d.enter(client) {
		return
	}
	defer d.leave(client)
	go func() {
		d.copy(server, client)
		server.Close()
	}()
	d.copy(client, server)
}

func (d *door) enter(client net.Conn) bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.shut {
		return false
	}
	d.open[client] = struct{}{}
	return true
}

func (d *door) leave(client net.Conn) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	delete(d.open, client)
}
