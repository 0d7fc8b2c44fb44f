package cloudtrail_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// Some tests need a process of their own. They start this test binary again, with the
// name of a child and its directory in the environment.
const (
	childVariable = "KEYSTEAD_JOURNAL_CHILD"
	dirVariable   = "KEYSTEAD_JOURNAL_DIR"
)

var children = map[string]func(dir string) error{
	"interval":  func(dir string) error { return recordForever(dir, cloudtrail.SyncInterval) },
	"always":    func(dir string) error { return recordForever(dir, cloudtrail.SyncAlways) },
	"filelimit": recordBeyondFileLimit,
}

func TestMain(m *testing.M) {
	child, ok := children[os.Getenv(childVariable)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := child(os.Getenv(dirVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func childCommand(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), childVariable+"="+name, dirVariable+"="+dir)
	c.Stderr = os.Stderr
	return c
}

// recordForever prints the ID of each event that was acknowledged.
func recordForever(dir string, mode cloudtrail.SyncMode) error {
	j, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{Sync: mode, SegmentBytes: 40 << 10, Interval: time.Millisecond})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for range 8 {
		go func() {
			for {
				e := smallEvent()
				if err := j.Record(e); err != nil {
					failed <- err
					return
				}
				fmt.Println(e.ID)
			}
		}()
	}
	return <-failed
}

// A process that is killed loses no event that it acknowledged, whenever it is killed.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range 50 {
		mode := []string{"interval", "always"}[round%2]
		for _, id := range killedAfter(t, mode, dir, rand.IntN(300), round%10 == 9) {
			acknowledged[id] = true
		}
	}
	// What the last one left is for the next start to repair.
	closeJournal(t, open(t, dir, cloudtrail.JournalOptions{}))
	r := verified(t, dir)
	t.Logf("%d acknowledged, %d recorded in %d segments, %d times torn", len(acknowledged), r.Records, r.Segments, len(r.Torn))
	if len(acknowledged) < 1000 {
		t.Errorf("only %d events were acknowledged", len(acknowledged))
	}
	for r, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		_, id, _ := strings.Cut(string(r.JSON), `"eventID":"`)
		delete(acknowledged, id[:36])
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged events are not in the journal", len(acknowledged))
	}
}

// killedAfter starts a child, kills it when it has acknowledged n events, and returns
// all that it did.
func killedAfter(t *testing.T, mode, dir string, n int, verify bool) (ids []string) {
	t.Helper()
	c := childCommand(t, mode, dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() {
		if verify {
			verified(t, dir) // while the child writes
		}
		if err := c.Process.Kill(); err != nil {
			t.Error(err)
		}
	}
	if n == 0 {
		kill()
	}
	lines := bufio.NewReader(out)
	for {
		id, err := lines.ReadString('\n')
		if err != nil { // a part of an ID is none
			break
		}
		if ids = append(ids, strings.TrimSpace(id)); len(ids) == n {
			kill()
		}
	}
	if err := c.Wait(); err == nil || c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return ids
}

// recordBeyondFileLimit writes until the kernel allows no larger files, and then on when
// it allows them again.
func recordBeyondFileLimit(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	healed := make(chanHandler, 1)
	j, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{Logger: slog.New(healed)})
	if err != nil {
		return err
	}
	small := limit
	small.Cur = 10000 // in the middle of a line
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		return err
	}
	recorded := 0
	for err = nil; err == nil && recorded < 100; recorded++ {
		err = j.Record(smallEvent())
	}
	if !errors.Is(err, cloudtrail.ErrSpooled) || !errors.Is(j.Ready(), syscall.EFBIG) {
		return fmt.Errorf("event %d: %w, Ready is %w", recorded, err, j.Ready())
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	<-healed
	if err := errors.Join(j.Ready(), j.Record(smallEvent()), j.Close()); err != nil {
		return err
	}
	_, err = io.WriteString(os.Stdout, strconv.Itoa(recorded+1))
	return err
}

// chanHandler is a log handler that tells of the warning that the journal works again.
type chanHandler chan bool

func (c chanHandler) Enabled(context.Context, slog.Level) bool { return true }
func (c chanHandler) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c chanHandler) WithGroup(string) slog.Handler            { return c }
func (c chanHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		c <- true
	}
	return nil
}

// The kernel itself refuses to write, as it does on a full disk: in the middle of a line.
func TestKernelRefusesWrite(t *testing.T) {
	dir := t.TempDir()
	out, err := childCommand(t, "filelimit", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	if r := verified(t, dir); strconv.FormatInt(r.Records, 10) != string(out) {
		t.Errorf("%d events in the journal, want %s", r.Records, out)
	}
}
