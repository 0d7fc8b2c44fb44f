package seal_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/seal"
)

// TestKilledWhileRotating kills a process that rotates as fast as it can. Whatever it was
// doing, the file opens, and has each key that the process said was active.
func TestKilledWhileRotating(t *testing.T) {
	if path := os.Getenv("SEAL_TEST_ROTATE"); path != "" {
		rotateForever(t, reopen(t, path))
	}
	_, path := newSealer(t)
	active := uint32(1)
	for round := range 15 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWhileRotating$")
		cmd.Env = append(os.Environ(), "SEAL_TEST_ROTATE="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + round%5 {
			if lines.Scan() && strings.HasPrefix(lines.Text(), "active ") {
				fmt.Sscanf(lines.Text(), "active %d", &active)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			fmt.Sscanf(lines.Text(), "active %d", &active)
		}
		_ = cmd.Wait() // killed
		if s := reopen(t, path); s.Active() < active {
			t.Fatalf("round %d: key %d is active, but the process had made %d active", round, s.Active(), active)
		}
	}
	if active < 10 {
		t.Errorf("only %d rotations were tried", active)
	}
	entries, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(entries) > 2 {
		t.Errorf("left behind: %v, error %v", entries, err)
	}
}

func rotateForever(t *testing.T, s *seal.Sealer) {
	for {
		last := s.Active()
		number := rotate(t, s)
		fmt.Println("active", number)
		for _, n := range append(numbers(s), last) {
			if n != number && slices.Contains(numbers(s), n) {
				if err := s.Retire(t.Context(), n); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestRotateWhileInUse rotates under the hands of goroutines that seal and open.
func TestRotateWhileInUse(t *testing.T) {
	s, path := newSealer(t)
	other := reopen(t, path)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				sealed, err := s.Seal("test", []byte("x"), nil)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := other.Open("test", sealed, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 5 {
		rotate(t, s)
	}
	close(done)
	wg.Wait()
	if s.Active() != 6 {
		t.Errorf("key %d is active, want 6", s.Active())
	}
}
