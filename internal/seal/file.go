package seal

import (
	"context"
	"fmt"
)

// file keeps the keyring in clear in a file that only the service's user can read. It
// protects against a lost database or backup, not against somebody who reads the disk.
type file struct{ rootFile }

// File keeps the root keys in a file without further protection than its mode, 0600.
func File(path string) Provider { return file{rootFile(path)} }

func (f file) Name() string { return "file " + string(f.rootFile) }

func (f file) Exists() (bool, error) { return f.exists() }

func (f file) Load(context.Context) (*Keyring, error) {
	r, err := f.load()
	if err != nil {
		return nil, f.wrap(err)
	}
	return r, nil
}

func (f file) load() (*Keyring, error) {
	content, err := f.read()
	if err != nil {
		return nil, err
	}
	defer clear(content)
	body, err := decodeDocument(content, protectionNone)
	if err != nil {
		return nil, err
	}
	defer clear(body)
	return decodeKeyring(body)
}

func (f file) Save(_ context.Context, r *Keyring) error {
	d := encodeKeyring(r)
	defer d.wipe()
	content, err := encodeDocument(protectionNone, d)
	if err != nil {
		return fmt.Errorf("encode root keys: %w", err)
	}
	defer clear(content)
	if err := f.replace(content, func() error { return mayFollow(r, f.exists, f.load) }); err != nil {
		return f.wrap(err)
	}
	return nil
}

// mayFollow tells whether r may be stored in place of what is there now.
func mayFollow(r *Keyring, exists func() (bool, error), load func() (*Keyring, error)) error {
	found, err := exists()
	if err != nil {
		return err
	}
	if r.revision == 1 {
		if found {
			return ErrExists
		}
		return nil
	}
	old, err := load()
	if err != nil {
		return err
	}
	if r.revision != old.revision+1 {
		return ErrConflict
	}
	return nil
}
