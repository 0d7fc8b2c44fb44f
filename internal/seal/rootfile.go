package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxFileSize bounds what is read of a root key file; eight keys take 1 KiB.
const maxFileSize = 64 << 10

// rootFile is the path of a root key file: what both file providers do to the disk.
type rootFile string

// wrap makes an error a sentence about the file. The system's errors have a path already.
func (f rootFile) wrap(err error) error {
	_, path := errors.AsType[*fs.PathError](err)
	_, link := errors.AsType[*os.LinkError](err)
	if path || link {
		return fmt.Errorf("root key file: %w", err)
	}
	return fmt.Errorf("root key file %s %w", string(f), err)
}

func (f rootFile) exists() (bool, error) {
	_, err := os.Lstat(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, f.wrap(err)
	}
	return true, nil
}

// read returns the file's content, which the caller wipes.
func (f rootFile) read() ([]byte, error) {
	file, err := os.Open(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is not a regular file", ErrCorrupt)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%w (mode %04o): run chmod 600", ErrPermissions, info.Mode().Perm())
	case info.Size() > maxFileSize:
		return nil, fmt.Errorf("%w: it has %d bytes", ErrCorrupt, info.Size())
	}
	return io.ReadAll(io.LimitReader(file, maxFileSize))
}

// replace stores content, if check allows it, in one step that outlives a power failure.
// A lock on the directory keeps other processes from coming in between.
func (f rootFile) replace(content []byte, check func() error) error {
	dir, err := os.Open(filepath.Dir(string(f)))
	if err != nil {
		return err
	}
	defer dir.Close() // drops the lock too
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return &fs.PathError{Op: "lock", Path: dir.Name(), Err: err}
	}
	if err := check(); err != nil {
		return err
	}
	temp := string(f) + ".new"
	if err := writeNew(temp, content); err != nil {
		return err
	}
	if err := os.Rename(temp, string(f)); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return dir.Sync()
}

// writeNew writes a file that only its owner can read, to the disk itself. What a process
// that was killed here left behind goes first.
func writeNew(path string, content []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
