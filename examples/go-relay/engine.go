// The engine of a relay, for every domain: frames what clients send, forwards runs of messages.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	headerSize  = 32
	queueMax    = 4 << 20 // bytes that wait for one client; what is more is not queued
	stopTimeout = 1200 * time.Millisecond
)

var magic = []byte{0xEF, 0xBE, 0xAD, 0xDE}

// Logic is what is special about one domain.
type Logic struct {
	Domain        byte
	Limit         uint64
	ShouldForward func(message []byte) bool
}

// Relay carries the messages of one domain between the clients of one socket.
type Relay struct {
	logic   Logic
	path    string
	mutex   sync.Mutex
	clients map[*client]struct{}
	readers sync.WaitGroup
}

// A client has a queue of whole messages, which its own goroutine writes.
type client struct {
	connection *net.UnixConn
	mutex      sync.Mutex
	filled     *sync.Cond
	queue      [][]byte
	size       int
	isEnding   bool
	done       chan struct{}
}

func newRelay(logic Logic, path string) *Relay {
	return &Relay{logic: logic, path: path, clients: map[*client]struct{}{}}
}

// listen takes the path, unless somebody serves it.
func (relay *Relay) listen() (*net.UnixListener, error) {
	if err := os.MkdirAll(filepath.Dir(relay.path), 0o755); err != nil {
		return nil, err
	}
	asking, err := net.Dial("unix", relay.path)
	if err == nil {
		asking.Close()
		return nil, fmt.Errorf("%s is served by somebody else", relay.path)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		os.Remove(relay.path)
	}
	return net.ListenUnix("unix", &net.UnixAddr{Name: relay.path, Net: "unix"})
}

func (relay *Relay) serve(listener *net.UnixListener) {
	for {
		connection, err := listener.AcceptUnix()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(time.Millisecond) // out of descriptors: some may be closed soon
			continue
		}
		one := &client{connection: connection, done: make(chan struct{})}
		one.filled = sync.NewCond(&one.mutex)
		relay.mutex.Lock()
		relay.clients[one] = struct{}{}
		relay.readers.Add(1)
		relay.mutex.Unlock()
		go one.write(relay)
		go relay.read(one)
	}
}

// read frames what one client sends until it ends, or sends what is no message.
func (relay *Relay) read(sender *client) {
	defer relay.readers.Done()
	buffer := make([]byte, 0, 64<<10)
	for {
		if len(buffer) == cap(buffer) {
			larger := make([]byte, len(buffer), 2*cap(buffer))
			copy(larger, buffer)
			buffer = larger
		}
		count, err := sender.connection.Read(buffer[len(buffer):cap(buffer)])
		if count > 0 {
			buffer = buffer[:len(buffer)+count]
			end, isLost := relay.frame(sender, buffer)
			if isLost {
				sender.end()
				return
			}
			buffer = buffer[:copy(buffer, buffer[end:])]
		}
		if err != nil {
			// A client that has shut down its sending side still receives.
			return
		}
	}
}

// frame forwards the whole messages in data; where the next one begins, and whether it is none.
func (relay *Relay) frame(sender *client, data []byte) (at int, isLost bool) {
	run := 0
	for len(data)-at >= len(magic) {
		if !bytes.Equal(data[at:at+4], magic) {
			isLost = true
			break
		}
		if len(data)-at < headerSize {
			break
		}
		size := headerSize + uint64(binary.LittleEndian.Uint32(data[at+24:]))
		if size > relay.logic.Limit {
			isLost = true
			break
		}
		if uint64(len(data)-at) < size {
			break
		}
		end := at + int(size)
		message := data[at:end]
		if message[4] != relay.logic.Domain || !relay.logic.ShouldForward(message) {
			relay.forward(sender, data[run:at])
			run = end
		}
		at = end
	}
	relay.forward(sender, data[run:at])
	return at, isLost
}

func (relay *Relay) forward(sender *client, run []byte) {
	if len(run) == 0 {
		return
	}
	part := bytes.Clone(run)
	relay.mutex.Lock()
	defer relay.mutex.Unlock()
	for one := range relay.clients {
		if one != sender {
			one.put(part)
		}
	}
}

// put queues whole messages, unless the client does not read.
func (one *client) put(part []byte) {
	one.mutex.Lock()
	defer one.mutex.Unlock()
	if !one.isEnding && one.size+len(part) <= queueMax {
		one.queue = append(one.queue, part)
		one.size += len(part)
		one.filled.Signal()
	}
}

func (one *client) end() {
	one.mutex.Lock()
	defer one.mutex.Unlock()
	one.isEnding = true
	one.filled.Signal()
}

// write sends the queue until the client ends and nothing is left of it.
func (one *client) write(relay *Relay) {
	defer close(one.done)
	for {
		one.mutex.Lock()
		for len(one.queue) == 0 && !one.isEnding {
			one.filled.Wait()
		}
		parts := net.Buffers(one.queue)
		one.queue = nil
		one.mutex.Unlock()
		if len(parts) == 0 {
			break
		}
		count, err := parts.WriteTo(one.connection)
		one.mutex.Lock()
		one.size -= int(count)
		one.mutex.Unlock()
		if err != nil {
			break
		}
	}
	relay.mutex.Lock()
	delete(relay.clients, one)
	relay.mutex.Unlock()
	one.end()
	one.connection.Close()
}

// stop forwards what was read, lets clients read it, and closes them.
func (relay *Relay) stop(listener *net.UnixListener) {
	listener.Close()
	os.Remove(relay.path)
	relay.mutex.Lock()
	clients := make([]*client, 0, len(relay.clients))
	for one := range relay.clients {
		clients = append(clients, one)
	}
	relay.mutex.Unlock()
	for _, one := range clients {
		one.connection.SetReadDeadline(time.Now())
	}
	relay.readers.Wait()
	deadline := time.Now().Add(stopTimeout)
	for _, one := range clients {
		one.connection.SetWriteDeadline(deadline)
		one.end()
	}
	for _, one := range clients {
		<-one.done
	}
}
