package cloudhsm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An HSM of a cluster that CreateCluster made is a folder with one token of SoftHSM:
//
//	DIR/CLUSTER/HSM/softhsm2.conf         for SoftHSM: the token is beside it
//	DIR/CLUSTER/HSM/tokens/UUID/          the token
//	    token.object                      label, serial number, passwords
//	    generation                        a number; running processes look again when it has changed
//	    UUID.object                       an object, encrypted under the token's inner key
//	DIR/backups/BACKUP/UUID/              a copy of a token
//
// All HSMs of a cluster have the same inner key, so that a copy of a token is a working HSM
// with all passwords and keys, and a file of an object can go from one to another.

const (
	tokenObject    = "token.object"
	generationFile = "generation"
	objectSuffix   = ".object"
	unfinished     = ".tmp" // of folders and files in the making
)

func (s *Service) clusterDir(ref ClusterRef) string { return filepath.Join(s.Dir, ref.ID) }

func (s *Service) unitDir(ref ClusterRef, u *unit) string { return filepath.Join(s.Dir, ref.ID, u.ID) }

func (s *Service) backupDir(ref ClusterRef) string { return filepath.Join(s.Dir, "backups", ref.ID) }

// confFile is the configuration of SoftHSM in an HSM's folder. The driver runs in that folder, which
// may be moved: no path in the configuration leads out of it.
const confFile = "softhsm2.conf"

func writeConf(dir string) error {
	const text = "directories.tokendir = tokens\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n"
	return writeFile(filepath.Join(dir, confFile), []byte(text))
}

// tokenDir finds the one token below a folder.
func tokenDir(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.IsDir() {
			if _, err := os.Stat(filepath.Join(dir, e.Name(), tokenObject)); err == nil {
				return filepath.Join(dir, e.Name()), nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w: there is no token", dir, fs.ErrNotExist)
}

// token is the folder of the token of an HSM.
func (s *Service) token(ref ClusterRef, u *unit) (string, error) {
	return tokenDir(filepath.Join(s.unitDir(ref, u), "tokens"))
}

// copyToken copies the token below one folder to another folder, which appears when it is
// complete.
func copyToken(from, to string) error {
	token, err := tokenDir(from)
	if err != nil {
		return err
	}
	target := filepath.Join(to, filepath.Base(token))
	if err := os.MkdirAll(target, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(token)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasSuffix(e.Name(), unfinished) {
			continue
		}
		if err := copyFile(filepath.Join(token, e.Name()), filepath.Join(target, e.Name())); err != nil {
			return err
		}
	}
	return errors.Join(syncDir(target), syncDir(to))
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeFile(to, b)
}

// writeFile writes a file that appears when it is complete, and is on the disk then.
func writeFile(name string, b []byte) (err error) {
	f, err := os.OpenFile(name+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(name+unfinished, name)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// objects are the files of the objects of a token, sorted.
func objects(token string) ([]string, error) {
	entries, err := os.ReadDir(token)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), objectSuffix) && e.Name() != tokenObject && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// without are the names in a that are not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(n string) bool {
		_, found := slices.BinarySearch(b, n)
		return found
	})
}

// addObjects copies objects from one token to another, whose processes see them at their next
// search.
func addObjects(from, to string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	for _, n := range names {
		if err := writeFile(filepath.Join(to, lockOf(n)), nil); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(from, n), filepath.Join(to, n)); err != nil {
			return err
		}
	}
	return errors.Join(raise(to), syncDir(to))
}

// lockOf is the file that SoftHSM locks while it works with the file of an object. It can't destroy
// an object without: it removes the one, misses the other and leaves it at that.
func lockOf(object string) string { return strings.TrimSuffix(object, objectSuffix) + ".lock" }

// removeObjects removes objects from a token.
func removeObjects(token string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	for _, n := range names {
		for _, file := range []string{n, lockOf(n)} {
			if err := os.Remove(filepath.Join(token, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return errors.Join(raise(token), syncDir(token))
}

// raise tells processes that have a token open to look again at what is in it.
func raise(token string) error {
	f, err := os.OpenFile(filepath.Join(token, generationFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	b := make([]byte, 8)
	if _, err := f.ReadAt(b, 0); err == nil {
		binary.BigEndian.PutUint64(b, binary.BigEndian.Uint64(b)+1)
	} else {
		binary.BigEndian.PutUint64(b, uint64(os.Getpid())<<32) // it was torn; any other number will do
	}
	_, err = f.WriteAt(b, 0)
	return errors.Join(err, f.Sync(), f.Close())
}

// copyPasswords gives a token the passwords of another one. Processes that have it open must
// be started anew.
func copyPasswords(from, to string) (changed bool, err error) {
	b, err := os.ReadFile(filepath.Join(from, tokenObject))
	if err != nil {
		return false, err
	}
	old, err := os.ReadFile(filepath.Join(to, tokenObject))
	if err != nil || bytes.Equal(old, b) {
		return false, err
	}
	return true, errors.Join(writeFile(filepath.Join(to, tokenObject), b), raise(to))
}

// mirror makes a token the same as another.
func mirror(from, to string) error {
	want, err := objects(from)
	if err != nil {
		return err
	}
	have, err := objects(to)
	if err != nil {
		return err
	}
	if _, err := copyPasswords(from, to); err != nil {
		return err
	}
	if err := addObjects(from, to, without(want, have)); err != nil {
		return err
	}
	return removeObjects(to, without(have, want))
}

// equalize gives each of the tokens every object that one of them has.
func equalize(tokens []string) error {
	all := map[string]string{} // where each object is
	have := map[string][]string{}
	for _, t := range tokens {
		names, err := objects(t)
		if err != nil {
			return err
		}
		have[t] = names
		for _, n := range names {
			all[n] = t
		}
	}
	for _, t := range tokens {
		for n, from := range all {
			if _, found := slices.BinarySearch(have[t], n); found {
				continue
			}
			if err := addObjects(from, t, []string{n}); err != nil {
				return err
			}
		}
	}
	return nil
}

func parent(dir string) string { return filepath.Dir(dir) }
