package bucket

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
)

// Folder has a bucket in each folder of a directory. The metadata of an object stands beside
// it, in a file with MetaExt behind its name.
type Folder struct {
	Dir  string
	Make bool // Check makes a bucket that is missing
}

// MetaExt is what the name of a file with an object's metadata ends in.
const MetaExt = ".meta"

// partial is what the name of a file begins with that is being written.
const partial = ".partial-"

// Encrypts implements Store: a folder knows no KMS keys.
func (Folder) Encrypts() bool { return false }

// Check implements Store.
func (f Folder) Check(_ context.Context, bucket string) error {
	if !ValidName(bucket) {
		return ErrNoBucket
	}
	if f.Make {
		if err := os.MkdirAll(f.Dir, 0o700); err != nil {
			return fmt.Errorf("make the directory of buckets: %w", err)
		}
		root, err := os.OpenRoot(f.Dir)
		if err != nil {
			return err
		}
		defer root.Close()
		return makeDir(root, bucket)
	}
	root, err := f.open(bucket)
	if err != nil {
		return err
	}
	return root.Close()
}

// open opens a bucket: no name leads out of it.
func (f Folder) open(bucket string) (*os.Root, error) {
	if !ValidName(bucket) {
		return nil, ErrNoBucket
	}
	root, err := os.OpenRoot(path.Join(f.Dir, bucket))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoBucket
	}
	return root, err
}

// Put implements Store. The metadata comes first, so that no object is there without it.
func (f Folder) Put(_ context.Context, bucket string, o Object) error {
	root, err := f.open(bucket)
	if err != nil {
		return err
	}
	defer root.Close()
	if !validKey(o.Key) {
		return fmt.Errorf("put %q: a file can't have this name", o.Key)
	}
	if err := makeDir(root, path.Dir(o.Key)); err != nil {
		return fmt.Errorf("put %q: %w", o.Key, err)
	}
	if len(o.Meta) > 0 {
		meta, err := json.Marshal(o.Meta)
		if err != nil {
			return err
		}
		if err := write(root, o.Key+MetaExt, append(meta, '\n')); err != nil {
			return fmt.Errorf("put the metadata of %q: %w", o.Key, err)
		}
	}
	if err := write(root, o.Key, o.Body); err != nil {
		return fmt.Errorf("put %q: %w", o.Key, err)
	}
	return nil
}

func validKey(key string) bool {
	name := path.Base(key)
	return fs.ValidPath(key) && key != "." && !strings.HasSuffix(key, MetaExt) && !strings.HasPrefix(name, partial) && len(name) < 240
}

// makeDir makes a directory and those above it, each with its name on disk.
func makeDir(root *os.Root, dir string) error {
	if dir == "." {
		return nil
	}
	if info, err := root.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := makeDir(root, path.Dir(dir)); err != nil {
		return err
	}
	if err := root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(root, path.Dir(dir))
}

// write writes a file under another name and gives it its own when it is on disk.
func write(root *os.Root, name string, b []byte) error {
	temporary := path.Join(path.Dir(name), partial+rand.Text())
	err := writeNew(root, temporary, b)
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(root.Remove(temporary)))
	}
	return syncDir(root, path.Dir(name))
}

func writeNew(root *os.Root, name string, b []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func syncDir(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get implements Store.
func (f Folder) Get(_ context.Context, bucket, key string) (Object, error) {
	o := Object{Key: key}
	root, err := f.open(bucket)
	if err != nil {
		return o, err
	}
	defer root.Close()
	if !validKey(key) {
		return o, ErrNoObject
	}
	if o.Body, err = read(root, key, maxObject); err != nil {
		return o, err
	}
	meta, err := read(root, key+MetaExt, 64<<10)
	if errors.Is(err, ErrNoObject) {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	if json.Unmarshal(meta, &o.Meta) != nil {
		o.Meta = nil // as if there were none: whoever needs it misses it
	}
	return o, nil
}

func read(root *os.Root, name string, most int64) ([]byte, error) {
	file, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoObject
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, most)
}

// readAll reads all of r, which must not be longer than most.
func readAll(r io.Reader, most int64) ([]byte, error) {
	var b bytes.Buffer
	if n, err := b.ReadFrom(io.LimitReader(r, most+1)); err != nil {
		return nil, err
	} else if n > most {
		return nil, errors.New("the object is too large")
	}
	return b.Bytes(), nil
}

// List implements Store.
func (f Folder) List(ctx context.Context, bucket, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		root, err := f.open(bucket)
		if err != nil {
			yield("", err)
			return
		}
		defer root.Close()
		l := lister{ctx, root.FS(), prefix, after, yield}
		l.dir(".")
	}
}

type lister struct {
	ctx           context.Context
	fs            fs.FS
	prefix, after string
	yield         func(string, error) bool
}

// dir lists what is below a directory. It returns false to end the list.
func (l *lister) dir(dir string) bool {
	entries, err := fs.ReadDir(l.fs, dir)
	if err == nil {
		err = l.ctx.Err()
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return true
		}
		l.yield("", err)
		return false
	}
	for _, e := range inOrder(entries) {
		key := path.Join(dir, e.Name())
		if e.IsDir() {
			if below := key + "/"; !strings.HasPrefix(l.prefix, below) && !strings.HasPrefix(below, l.prefix) || !l.later(below) {
				continue
			}
			if !l.dir(key) {
				return false
			}
		} else if strings.HasPrefix(key, l.prefix) && key > l.after && validKey(key) && !l.yield(key, nil) {
			return false
		}
	}
	return true
}

// later reports whether there may be keys behind after below a directory.
func (l *lister) later(below string) bool {
	return below > l.after || strings.HasPrefix(l.after, below)
}
