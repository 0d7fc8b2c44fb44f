package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"

	"github.com/keystead/keystead/internal/durable"
	"github.com/keystead/keystead/internal/vpc"
)

// addressBook says which endpoint is reached at which address of this node. It is kept in a
// file, so that endpoints keep their addresses over restarts. Its owner's lock guards it.
type addressBook struct {
	file     string
	networks map[string][]string // addresses configured for a VPC
	of       map[string]string   // address of an endpoint, by its key
}

// anyPort is where endpoints of a VPC without configured addresses are reached.
const anyPort = "127.0.0.1:0"

// openAddressBook reads the file, if there is one.
func openAddressBook(file string, networks []PrivateNetwork) (*addressBook, error) {
	b := &addressBook{file: file, networks: map[string][]string{}, of: map[string]string{}}
	for _, n := range networks {
		b.networks[n.VPC] = n.Addresses
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the addresses of private endpoints: %w", err)
	}
	if err := json.Unmarshal(text, &b.of); err != nil {
		return nil, fmt.Errorf("%s is not what this program writes: %w", file, err)
	}
	return b, nil
}

// listen opens a listener for an endpoint: at the address that it had, if it may still have
// that, else at the first that works. An address that is configured stays the endpoint's
// even if it does not work at the moment, so that clients find it there again.
func (b *addressBook) listen(d vpc.Door, open func(string) (net.Listener, error)) (net.Listener, string, error) {
	had := b.of[d.Key]
	addresses := b.networks[d.VPC]
	if slices.Contains(addresses, had) {
		l, err := open(had)
		return l, had, err
	}
	if len(addresses) == 0 {
		return b.listenAnywhere(d, had, open)
	}
	first := error(vpc.ErrNoAddress)
	for _, a := range addresses {
		if b.taken(a) {
			continue
		}
		l, err := open(a)
		if err == nil {
			return l, a, b.note(d.Key, a, l)
		}
		if errors.Is(first, vpc.ErrNoAddress) {
			first = err
		}
	}
	return nil, "", first
}

// listenAnywhere takes the loopback port that the endpoint had, or else a free one.
func (b *addressBook) listenAnywhere(d vpc.Door, had string, open func(string) (net.Listener, error)) (net.Listener, string, error) {
	if a, err := netip.ParseAddrPort(had); err == nil && a.Addr().IsLoopback() {
		if l, err := open(had); err == nil {
			return l, had, nil
		}
	}
	l, err := open(anyPort)
	if err != nil {
		return nil, "", err
	}
	a := l.Addr().String()
	return l, a, b.note(d.Key, a, l)
}

func (b *addressBook) taken(address string) bool {
	for _, a := range b.of {
		if a == address {
			return true
		}
	}
	return false
}

// note keeps the address of an endpoint, and closes its listener if that can't be done.
func (b *addressBook) note(key, address string, l net.Listener) error {
	b.of[key] = address
	err := b.write()
	if err != nil {
		delete(b.of, key)
		l.Close()
	}
	return err
}

// forget drops an endpoint that is gone. A file that can't be written now is written with
// the next change; what it has too much is dropped at the next start.
func (b *addressBook) forget(key string) {
	if b.of[key] != "" {
		delete(b.of, key)
		_ = b.write()
	}
}

func (b *addressBook) write() error {
	text, err := json.MarshalIndent(b.of, "", "\t")
	if err != nil {
		return err
	}
	return durable.WriteFile(b.file, append(text, '\n'), 0o600)
}
