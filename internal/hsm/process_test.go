package hsm_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/secret"
)

// TestKills kills the driver again and again in the middle of calls, KEYSTEAD_TEST_KILLS times
// if that is set. No call may give a wrong result or fail in another way than with ErrDriver.
func TestKills(t *testing.T) {
	t.Parallel()
	kills, calls := 5, 2000
	if testing.Short() {
		kills, calls = 2, 500
	}
	if n, err := strconv.Atoi(os.Getenv("KEYSTEAD_TEST_KILLS")); err == nil {
		kills, calls = n, n*500
	}
	ctx := context.Background()
	m, token := newToken(t)
	var done, failed atomic.Int64
	var wg sync.WaitGroup
	finished := make(chan struct{})
	for caller := range 8 {
		wg.Go(func() {
			for i := 0; done.Load() < int64(calls); i++ {
				plaintext := fmt.Appendf(nil, "plaintext %d of %d", i, caller)
				s, err := token.Encrypt(ctx, k1, plaintext[:3], plaintext)
				var got []byte
				if err == nil {
					got, err = token.Decrypt(ctx, k1, s, plaintext[:3])
				}
				switch {
				case errors.Is(err, hsm.ErrDriver):
					failed.Add(1)
					continue
				case err != nil || !bytes.Equal(got, plaintext):
					t.Errorf("%q, %v", got, err)
				}
				done.Add(1)
			}
		})
	}
	go func() { wg.Wait(); close(finished) }()
	killed := 0
	for next := int64(calls / (kills + 1)); killed < kills; {
		if s := m.Stats(); s.Up && done.Load() >= next {
			if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			killed++
			next += int64(calls / (kills + 1))
		}
		select {
		case <-finished:
			t.Fatalf("the calls ended after %d kills", killed)
		case <-time.After(time.Millisecond):
		}
	}
	<-finished
	s := m.Stats()
	t.Logf("%d calls, %d kills: %d failed with ErrDriver; %+v", done.Load(), killed, failed.Load(), s)
	if s.Restarts != uint64(killed) || s.InFlight != 0 {
		t.Errorf("%d kills: %+v", killed, s)
	}
	if _, err := token.Encrypt(ctx, k1, nil, []byte("x")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestNothingLeaks compares the descriptors and children of this process before and after
// many runs of the driver. It does not run beside other tests.
func TestNothingLeaks(t *testing.T) {
	f := newFaulty(t, nil)
	f.login(t)
	f.roundTrip(t)
	descriptors := countEntries(t, "/proc/self/fd")
	for range 5 {
		pid := f.m.Stats().PID
		if err := syscall.Kill(pid, syscall.SIGSEGV); err != nil {
			t.Fatal(err)
		}
		f.roundTrip(t)
		eventually(t, func() error {
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
				return fmt.Errorf("process %d is still there", pid)
			}
			return nil
		})
	}
	eventually(t, func() error {
		if now := countEntries(t, "/proc/self/fd"); now > descriptors {
			return fmt.Errorf("%d descriptors, there were %d", now, descriptors)
		}
		return nil
	})
	pid := f.m.Stats().PID
	if err := f.m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
		t.Error("the process survives Close")
	}
	if _, err := f.Encrypt(context.Background(), k1, nil, nil); !errors.Is(err, hsm.ErrClosed) {
		t.Errorf("a call after Close: %v", err)
	}
}

func countEntries(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

func TestNothingToSee(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "of the parent")
	f := newFaulty(t, nil)
	f.login(t)
	f.roundTrip(t)
	dir := fmt.Sprintf("/proc/%d", f.m.Stats().PID)
	limits, err := os.ReadFile(filepath.Join(dir, "limits"))
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(limits)) {
		if fields := strings.Fields(line); strings.HasPrefix(line, "Max core file size") && (fields[4] != "0" || fields[5] != "0") {
			t.Errorf("core dumps are on: %s", line)
		}
	}
	for _, file := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil && !errors.Is(err, os.ErrPermission) { // undumpable: for root only
			t.Error(err)
		}
		for _, word := range []string{"good", "of the parent"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%s has %q: %q", file, word, b)
			}
		}
	}
}

// parentEnv makes the test program a parent of a driver that is killed.
const parentEnv = "KEYSTEAD_TEST_HSM_PARENT"

// beParent starts a driver, prints its process id, has it hang if it is told so, and waits
// for its death.
func beParent() {
	driver, module, _ := strings.Cut(os.Getenv(parentEnv), "|")
	m := hsm.New(hsm.Config{Driver: driver, Module: module, Env: []string{"FAULTS=" + os.Getenv("FAULTS")}, Timeout: time.Hour})
	token := m.Token(hsm.Selector{})
	if err := token.Login(context.Background(), hsm.CryptoUser, secret.FromString("good")); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if len(os.Args) > 1 && os.Args[1] == "hang" {
		go func() { _, _ = token.Random(context.Background(), 1) }()
	}
	fmt.Println(m.Stats().PID)
	select {}
}

func TestDriverEndsWithItsParent(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"idle", "hang"} {
		f := newFaulty(t, nil)
		f.set(t, "C_GenerateRandom hang")
		cmd := exec.Command(os.Args[0], how)
		cmd.Env = append(os.Environ(), parentEnv+"="+f.config.Driver+"|"+f.config.Module, "FAULTS="+f.faults)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		pid, _ := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || pid == 0 {
			t.Fatalf("%s: %q, %v", how, line, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		eventually(t, func() error {
			if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && !bytes.Contains(b, []byte(") Z ")) {
				return fmt.Errorf("%s: the driver survives its parent", how)
			}
			return nil
		})
	}
}

// warnings counts what is logged as a warning or worse.
type warnings struct {
	slog.Handler
	n *atomic.Int32
}

func (w warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		w.n.Add(1)
	}
	return w.Handler.Handle(ctx, r)
}

// TestQuietEnd closes a module, which is nothing to warn of, and lets one die, which is.
func TestQuietEnd(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]bool{"closed": false, "killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			f := newFaulty(t, func(c *hsm.Config) { c.Log = slog.New(warnings{slog.DiscardHandler, &n}) })
			f.login(t)
			f.roundTrip(t)
			if die {
				if err := syscall.Kill(f.m.Stats().PID, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				f.roundTrip(t)
			}
			if err := f.m.Close(); err != nil {
				t.Fatal(err)
			}
			if got := n.Load(); (got > 0) != die {
				t.Errorf("%d warnings", got)
			}
		})
	}
}
