package clients

import (
	"net"
	"sync"
	"testing"
)

// relay is the network between two programs: TCP connections to its address lead to another.
// It can be cut, and swallow what is sent.
type relay struct {
	address string

	to string
	l  net.Listener

	mu    sync.Mutex
	conns map[net.Conn]bool
	pass  chan struct{} // closed while bytes pass
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: l.Addr().String(), to: to, l: l, conns: map[net.Conn]bool{}, pass: make(chan struct{})}
	close(r.pass)
	go r.run()
	t.Cleanup(func() {
		l.Close()
		r.cut()
	})
	return r
}

func (r *relay) run() {
	for {
		from, err := r.l.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", r.to)
		if err != nil {
			from.Close()
			continue
		}
		r.mu.Lock()
		r.conns[from], r.conns[to] = true, true
		r.mu.Unlock()
		go r.copy(from, to)
		go r.copy(to, from)
	}
}

// copy carries bytes in one direction until a side closes.
func (r *relay) copy(from, to net.Conn) {
	defer r.drop(from, to)
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		<-r.passing()
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

func (r *relay) passing() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pass
}

func (r *relay) drop(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(r.conns, c)
	}
}

// cut closes all connections at once, with a TCP reset.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		c.Close()
	}
	clear(r.conns)
}

// swallow lets nothing pass any more, of old connections and of new ones; heal does again.
func (r *relay) swallow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pass = make(chan struct{})
}

func (r *relay) heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.pass:
	default:
		close(r.pass)
	}
}
