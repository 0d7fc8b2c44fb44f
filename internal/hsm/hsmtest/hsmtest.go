// Package hsmtest gives tests a real token: SoftHSM2 in a directory of the test's own,
// behind the real driver process.
package hsmtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/secret"
)

// The PINs of the tokens that Token makes.
const (
	OfficerPIN = "officer-pin-1"
	UserPIN    = "user-pin-1"
)

// Driver returns the path of the driver, built from this source once in each run of a test
// program. A machine that can't build it skips the test, or fails it if
// KEYSTEAD_TEST_REQUIRE is 1.
func Driver(t testing.TB) string {
	t.Helper()
	path, err := build()
	need(t, err)
	return path
}

// keep is how long a driver stays in the cache after it was built.
const keep = 24 * time.Hour

// build builds the driver into the user's cache. Go links it again only if it has changed,
// which takes longer than most tests. The copy that tests run has a name made of what is in
// it, so that test programs of several versions may run at the same time.
var build = sync.OnceValues(func() (string, error) {
	dir, unlock, err := cache()
	if err != nil {
		return "", err
	}
	defer unlock()
	cmd := exec.Command("go", "install", "-trimpath", "github.com/keystead/keystead/cmd/keystead-hsm")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOBIN="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the driver: %w\n%s", err, out)
	}
	program, err := os.ReadFile(filepath.Join(dir, "keystead-hsm"))
	if err != nil {
		return "", err
	}
	prune(dir)
	path := filepath.Join(dir, fmt.Sprintf("keystead-hsm-%x", sha256.Sum256(program)))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	part := path + ".part"
	return path, errors.Join(os.WriteFile(part, program, 0o700), os.Rename(part, path))
})

// cache is the directory of what tests build. It keeps other test programs out until unlock is
// called.
func cache() (dir string, unlock func(), err error) {
	user, err := os.UserCacheDir()
	if err != nil {
		user = os.TempDir()
	}
	dir = filepath.Join(user, "keystead-test")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		_ = f.Close()
		return "", nil, err
	}
	return dir, func() { _ = f.Close() }, nil
}

// prune removes copies that were made long ago.
func prune(dir string) {
	copies, _ := filepath.Glob(filepath.Join(dir, "keystead-hsm-*")) // the pattern is well formed
	for _, path := range copies {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > keep {
			_ = os.Remove(path)
		}
	}
}

// SoftHSM returns how to run a driver of SoftHSM2 with a directory of its own, which has a
// free slot and no token.
func SoftHSM(t testing.TB) hsm.Config {
	t.Helper()
	dir := t.TempDir()
	c := hsm.Config{Driver: Driver(t), Module: Library(t), Env: []string{"SOFTHSM2_CONF=" + filepath.Join(dir, "softhsm2.conf")}}
	conf := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir)
	if err := os.WriteFile(filepath.Join(dir, "softhsm2.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// Library returns the path of SoftHSM2's PKCS#11 library. A machine without it skips the
// test, or fails it if KEYSTEAD_TEST_REQUIRE is 1.
func Library(t testing.TB) string {
	t.Helper()
	path, found := hsm.SoftHSM()
	if !found {
		need(t, errors.New("no SoftHSM2 (scripts/install-test-tools installs it)"))
	}
	return path
}

func need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("KEYSTEAD_TEST_REQUIRE") != "":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// Module runs the driver until the test ends.
func Module(t testing.TB, c hsm.Config) *hsm.Module {
	t.Helper()
	m := hsm.New(c)
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("close the module: %v", err)
		}
	})
	return m
}

// Token makes a token with that label, whose users have the PINs of this package, and logs
// the crypto user in.
func Token(t testing.TB, m *hsm.Module, label string) *hsm.Token {
	t.Helper()
	ctx := context.Background()
	token := m.Token(hsm.Selector{Label: label})
	officer, user := secret.FromString(OfficerPIN), secret.FromString(UserPIN)
	if err := m.Token(hsm.Selector{}).Initialize(ctx, officer, label); err != nil {
		t.Fatalf("make a token: %v", err)
	}
	if err := token.Login(ctx, hsm.Officer, officer); err != nil {
		t.Fatalf("log the officer in: %v", err)
	}
	if err := token.InitPIN(ctx, user); err != nil {
		t.Fatalf("set the user's PIN: %v", err)
	}
	if err := token.Login(ctx, hsm.CryptoUser, user); err != nil {
		t.Fatalf("log the user in: %v", err)
	}
	return token
}
