package hsm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/logtest"
	"github.com/keystead/keystead/internal/secret"
)

func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) != "" {
		beParent()
	}
	os.Exit(m.Run())
}

// faulty is a driver of the module that misbehaves as its file of faults says.
type faulty struct {
	*hsm.Token
	m      *hsm.Module
	config hsm.Config
	faults string
}

func newFaulty(t *testing.T, change func(*hsm.Config)) *faulty {
	t.Helper()
	c, faults := hsmtest.Faulty(t)
	f := &faulty{faults: faults}
	c.Timeout, c.Wait = 10*time.Second, 10*time.Second
	if change != nil {
		change(&c)
	}
	f.m, f.config = hsmtest.Module(t, c), c
	f.Token = f.m.Token(hsm.Selector{})
	return f
}

// set replaces the faults.
func (f *faulty) set(t *testing.T, lines ...string) {
	t.Helper()
	hsmtest.SetFaults(t, f.faults, lines...)
}

func (f *faulty) login(t *testing.T) {
	t.Helper()
	if err := f.Login(context.Background(), hsm.CryptoUser, secret.FromString("good")); err != nil {
		t.Fatalf("log in: %v", err)
	}
}

// roundTrip encrypts and decrypts with the key, and returns what Encrypt made.
func (f *faulty) roundTrip(t *testing.T) hsm.Sealed {
	t.Helper()
	ctx := context.Background()
	s, err := f.Encrypt(ctx, k1, []byte("aad"), []byte("plaintext"))
	if err != nil {
		t.Fatalf("encrypt: %v", err)
	}
	if got, err := f.Decrypt(ctx, k1, s, []byte("aad")); err != nil || string(got) != "plaintext" {
		t.Fatalf("decrypt: %q, %v", got, err)
	}
	return s
}

var k1 = hsm.KeyRef{ID: "k1"}

func TestIVOfTheModule(t *testing.T) {
	t.Parallel()
	theirs := bytes.Repeat([]byte{0xA5}, 16)
	for name, c := range map[string]struct {
		faults []string
		iv     []byte // nil: ours
	}{
		"ours":           {nil, nil},
		"overwritten":    {[]string{"iv own"}, theirs[:12]},
		"zeroed":         {[]string{"iv zeroed"}, theirs[:12]},
		"appended":       {[]string{"iv appended"}, theirs[:12]},
		"appended, long": {[]string{"iv appended", "ivlen 16"}, theirs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t, nil)
			f.set(t, c.faults...)
			f.login(t)
			for range 3 {
				s := f.roundTrip(t)
				if c.iv != nil && !bytes.Equal(s.IV, c.iv) {
					t.Errorf("the IV is %x, want %x", s.IV, c.iv)
				}
				if c.iv == nil && (len(s.IV) != 12 || bytes.Equal(s.IV, theirs[:12])) {
					t.Errorf("the IV is %x", s.IV)
				}
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		f := newFaulty(t, nil)
		f.set(t, "iv none")
		f.login(t)
		if s, err := f.Encrypt(context.Background(), k1, nil, []byte("x")); err == nil {
			t.Errorf("a ciphertext without an IV: %+v", s)
		}
	})
}

func TestVagueErrors(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFaulty(t, nil)
	f.login(t)
	s := f.roundTrip(t)
	bad := s
	bad.Tag = make([]byte, 16)
	for _, c := range []struct {
		name   string
		faults []string
		s      hsm.Sealed
		want   string // the name of the code; "ErrDecrypt"
	}{
		{"a plain refusal", nil, bad, "ErrDecrypt"},
		{"a general error", []string{"refusal 5"}, bad, "ErrDecrypt"},
		{"a failed function", []string{"refusal 6"}, bad, "ErrDecrypt"},
		{"the vendor's code", []string{"refusal 0x80001234"}, bad, "ErrDecrypt"},
		{"a code of v3.0", []string{"refusal 0x42"}, bad, "ErrDecrypt"},
		{"a broken device", []string{"refusal 0x30"}, bad, "CKR_DEVICE_ERROR"},
		{"no memory", []string{"refusal 2"}, bad, "CKR_HOST_MEMORY"},
		{"C_Decrypt does not work at all", []string{"C_Decrypt 5"}, s, "CKR_GENERAL_ERROR"},
		{"nor does C_Encrypt", []string{"C_Decrypt 5", "C_Encrypt 5"}, s, "CKR_GENERAL_ERROR"},
		{"the key must not be used", []string{"C_DecryptInit 0x68"}, s, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
		{"the parameters are refused", []string{"C_DecryptInit 0x71"}, s, "CKR_MECHANISM_PARAM_INVALID"},
		{"the key can't encrypt", []string{"C_EncryptInit 0x68", "refusal 5"}, bad, "CKR_GENERAL_ERROR"},
		{"all is well again", nil, s, ""},
	} {
		f.set(t, c.faults...)
		_, err := f.Decrypt(ctx, k1, c.s, []byte("aad"))
		got := code(err)
		if errors.Is(err, hsm.ErrDecrypt) {
			got = "ErrDecrypt"
		}
		if got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestHandlesChange(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, nil)
	f.login(t)
	s := f.roundTrip(t)
	f.set(t, "handle 7")
	f.roundTrip(t)
	f.set(t, "handle 8")
	if got, err := f.Decrypt(context.Background(), k1, s, []byte("aad")); err != nil || string(got) != "plaintext" {
		t.Errorf("decrypt with the handle of before: %q, %v", got, err)
	}
	f.set(t, "twins 1", "handle 9")
	if _, err := f.Encrypt(context.Background(), k1, nil, []byte("x")); !errors.Is(err, hsm.ErrRefused) {
		t.Errorf("two keys of one name: %v", err)
	}
}

func TestTokenWasAway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFaulty(t, nil)
	f.login(t)
	s := f.roundTrip(t)
	f.set(t, "away 1")
	f.roundTrip(t)
	f.set(t, "away 2", "handle 7")
	if got, err := f.Decrypt(ctx, k1, s, []byte("aad")); err != nil || string(got) != "plaintext" {
		t.Errorf("decrypt after a search: %q, %v", got, err)
	}
	f.set(t, "away 3", "handle 7")
	if keys, err := f.Keys(ctx, hsm.Filter{}); err != nil || len(keys) != 1 {
		t.Errorf("keys: %v, %v", keys, err)
	}
	f.set(t, "away 4", "handle 7")
	if err := f.Destroy(ctx, "k1"); err != nil {
		t.Errorf("destroy: %v", err)
	}
	if s := f.m.Stats(); s.Restarts != 0 {
		t.Errorf("the driver was started again for this: %+v", s)
	}
}

func TestForeignObjects(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, nil)
	f.login(t)
	keys, err := f.Keys(context.Background(), hsm.Filter{})
	if err != nil || len(keys) != 1 || string(keys[0].ID) != "k1" || !keys[0].AES || keys[0].Bits != 0 {
		t.Errorf("a key with few attributes: %+v, %v", keys, err)
	}
	if err := f.GenerateAES(context.Background(), "k2", "label"); !errors.Is(err, hsm.ErrRefused) {
		t.Errorf("a module that makes keys that can leave it: %v", err)
	}
}

func TestSessionsRunOut(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, func(c *hsm.Config) { c.Wait = 20 * time.Second })
	f.set(t, "sessions 2")
	f.login(t)
	ctx := context.Background()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10 {
				if _, err := f.Encrypt(ctx, k1, nil, []byte("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s := f.m.Stats(); s.Waits == 0 || s.WaitTime == 0 || s.InFlight != 0 {
		t.Errorf("nobody waited: %+v", s)
	}
}

func TestNoSessionLeft(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, func(c *hsm.Config) { c.Wait = 100 * time.Millisecond })
	ctx := context.Background()
	if _, err := f.Tokens(ctx); err != nil {
		t.Fatal(err)
	}
	f.set(t, "C_OpenSession 0xB1") // CKR_SESSION_COUNT
	if _, err := f.Random(ctx, 4); !errors.Is(err, hsm.ErrBusy) {
		t.Errorf("no session at all: %v", err)
	}
	f.set(t)
	if b, err := f.Random(ctx, 4); err != nil || len(b) != 4 {
		t.Errorf("sessions again: %x, %v", b, err)
	}
}

func (f *faulty) Tokens(ctx context.Context) ([]hsm.TokenInfo, error) { return f.m.Tokens(ctx) }

func TestModuleThatCantLock(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, nil)
	f.set(t, "initialize cantlock")
	f.login(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if _, err := f.Encrypt(context.Background(), k1, nil, []byte("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s := f.m.Stats(); s.Restarts != 0 {
		t.Errorf("two calls met in the module: %+v", s)
	}
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for how, reason := range map[string]string{"crash": "signal: segmentation fault", "exit": "exit status 3"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			var log logtest.Log
			f := newFaulty(t, func(c *hsm.Config) {
				c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			f.login(t)
			s := f.roundTrip(t)
			f.set(t, "C_Encrypt "+how)
			if _, err := f.Encrypt(ctx, k1, nil, []byte("x")); !errors.Is(err, hsm.ErrDriver) || !strings.Contains(err.Error(), reason) {
				t.Errorf("a call that crashes: %v, want %q in it", err, reason)
			}
			if printed := log.String(); strings.Contains(printed, "rax") || strings.Contains(printed, "goroutine") {
				t.Errorf("registers or stacks are logged: %s", printed)
			}
			if got := f.m.Stats().Restarts; got != 1 {
				t.Errorf("%d restarts, want one for one repetition", got)
			}
			if got, err := f.Decrypt(ctx, k1, s, []byte("aad")); err != nil || string(got) != "plaintext" {
				t.Errorf("another call afterwards: %q, %v", got, err)
			}
			f.set(t, "C_GenerateKey "+how)
			before := f.m.Stats().Restarts
			if err := f.GenerateAES(ctx, "k9", ""); !errors.Is(err, hsm.ErrDriver) {
				t.Errorf("a key that crashes: %v", err)
			}
			if got := f.m.Stats().Restarts; got != before {
				t.Errorf("making a key was repeated")
			}
			f.set(t)
			f.roundTrip(t)
		})
	}
}

func TestHang(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFaulty(t, func(c *hsm.Config) { c.Timeout, c.Wait = 400*time.Millisecond, 100*time.Millisecond })
	f.login(t)
	f.roundTrip(t)
	f.set(t, "C_Encrypt hang")
	if _, err := f.Encrypt(ctx, k1, nil, []byte("x")); !errors.Is(err, hsm.ErrDriver) || !strings.Contains(err.Error(), "hung") {
		t.Errorf("a call that hangs: %v", err)
	}
	f.set(t)
	eventually(t, func() error { _, err := f.Encrypt(ctx, k1, nil, []byte("x")); return err })
	// A caller that does not wait for the end gets away, and the call is still found out.
	f.set(t, "C_Encrypt hang")
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := f.Encrypt(short, k1, nil, []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller in a hurry: %v", err)
	}
	f.set(t)
	eventually(t, func() error {
		if s := f.m.Stats(); s.Up && s.InFlight > 0 {
			return fmt.Errorf("the call still hangs: %+v", s)
		}
		return nil
	})
	eventually(t, func() error { _, err := f.Encrypt(ctx, k1, nil, []byte("x")); return err })
}

func TestStopped(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, func(c *hsm.Config) { c.Timeout, c.Wait = 400*time.Millisecond, 100*time.Millisecond })
	f.login(t)
	f.roundTrip(t)
	if err := syscall.Kill(f.m.Stats().PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Encrypt(context.Background(), k1, nil, []byte("x")); !errors.Is(err, hsm.ErrDriver) {
		t.Errorf("a stopped driver: %v", err)
	}
	eventually(t, func() error { _, err := f.Encrypt(context.Background(), k1, nil, []byte("x")); return err })
}

func TestDoesNotStart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	text := filepath.Join(t.TempDir(), "text.so")
	anybodys := filepath.Join(t.TempDir(), "driver")
	if err := errors.Join(os.WriteFile(anybodys, nil, 0o700), os.Chmod(anybodys, 0o757)); err != nil {
		t.Fatal(err)
	}
	prints := filepath.Join(t.TempDir(), "prints") // and stays, so that what it prints is why it is ended
	if err := errors.Join(os.WriteFile(text, []byte("no library"), 0o600), os.WriteFile(prints, []byte("#!/bin/sh\necho This is no frame.\nexec sleep 60\n"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*hsm.Config)
		want   string
	}{
		"no driver":             {func(c *hsm.Config) { c.Driver = "/no/such/driver" }, "no such file"},
		"anybody's driver":      {func(c *hsm.Config) { c.Driver = anybodys }, "can be changed by anybody"},
		"another program":       {func(c *hsm.Config) { c.Driver = "/bin/true" }, "it ended"},
		"a program that prints": {func(c *hsm.Config) { c.Driver = prints }, "malformed frame"},
		"no module":             {func(c *hsm.Config) { c.Module = "/no/such/module.so" }, "no such file"},
		"no library":            {func(c *hsm.Config) { c.Module = text }, "can't be loaded as a PKCS#11 module"},
		"no PKCS#11":            {func(c *hsm.Config) { c.Module = "/lib/x86_64-linux-gnu/libc.so.6" }, "C_GetFunctionList"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t, c.change)
			_, err := f.Tokens(ctx)
			if !errors.Is(err, hsm.ErrDriver) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q in it", err, c.want)
			}
		})
	}
	f := newFaulty(t, func(c *hsm.Config) { c.Wait = 10 * time.Millisecond })
	f.set(t, "C_Initialize 0x30")
	if _, err := f.Tokens(ctx); !errors.Is(err, hsm.ErrDriver) || !strings.Contains(err.Error(), "C_Initialize of") || !strings.Contains(err.Error(), "CKR_DEVICE_ERROR") {
		t.Errorf("a module that can't be initialized: %v", err)
	}
	start := time.Now()
	if _, err := f.Tokens(ctx); !errors.Is(err, hsm.ErrDriver) || time.Since(start) > 40*time.Millisecond {
		t.Errorf("before it is tried again: %v after %v", err, time.Since(start))
	}
	f.set(t)
	eventually(t, func() error { _, err := f.Tokens(ctx); return err })
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, nil)
	f.login(t)
	s := f.roundTrip(t)
	f.set(t, "reset 1") // the module has lost its device
	if _, err := f.Encrypt(context.Background(), k1, nil, []byte("x")); code(err) != "CKR_DEVICE_ERROR" {
		t.Errorf("a young process: %v", err)
	}
	pid := f.m.Stats().PID
	hsm.SetRenewAge(f.m, 0)
	if got, err := f.Decrypt(context.Background(), k1, s, []byte("aad")); err != nil || string(got) != "plaintext" {
		t.Errorf("an older one: %q, %v", got, err)
	}
	if now := f.m.Stats(); now.PID == pid || now.Restarts != 1 {
		t.Errorf("it is the same process: %+v", now)
	}
	eventually(t, func() error {
		if err := syscall.Kill(pid, 0); err == nil {
			return errors.New("the process before still runs")
		}
		return nil
	})
}

func TestPINIsNotTriedTwice(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFaulty(t, nil)
	f.login(t)
	f.roundTrip(t)
	if err := syscall.Kill(f.m.Stats().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	f.set(t, "C_Login 0xA0") // the PIN was changed by somebody else
	for range 3 {
		if _, err := f.Encrypt(ctx, k1, nil, []byte("x")); code(err) != "CKR_PIN_INCORRECT" {
			t.Errorf("with an old PIN: %v", err)
		}
		f.set(t, "C_Login 0xA4") // a second attempt would see this
	}
	if err := f.Login(ctx, hsm.CryptoUser, secret.FromString("good")); code(err) != "CKR_PIN_LOCKED" {
		t.Errorf("a locked user: %v", err)
	}
	f.set(t)
	f.login(t)
	f.roundTrip(t)
}

// eventually calls f until it returns nil. What it waits for happens in processes.
func eventually(t *testing.T, f func() error) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for err := f(); err != nil; err = f() {
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
