package listener

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/logtest"
)

// TestRoots: a file that changes is read again, and one that can't be read leaves what was.
func TestRoots(t *testing.T) {
	t.Parallel()
	authority := func() []byte {
		a := Authority{Dir: t.TempDir(), Hosts: only("localhost")}
		if _, err := a.Ensure(slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(a.CAFile())
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	at := time.Now().Add(-time.Hour)
	put := func(b []byte) {
		t.Helper()
		at = at.Add(time.Second)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	var seen logtest.Log
	if _, err := ReadRoots(file, slog.New(slog.NewTextHandler(&seen, nil))); err == nil {
		t.Error("a file that is not there is read")
	}
	put([]byte("no PEM"))
	if _, err := ReadRoots(file, slog.New(slog.NewTextHandler(&seen, nil))); err == nil {
		t.Error("a file without a certificate is read")
	}
	first := authority()
	put(first)
	r, err := ReadRoots(file, slog.New(slog.NewTextHandler(&seen, nil)))
	if err != nil {
		t.Fatal(err)
	}
	one := r.Get()
	for _, bad := range []string{"", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		put([]byte(bad))
		if r.Refresh(); r.Get() != one {
			t.Errorf("after %q the authorities are others", bad)
		}
		if r.Refresh(); r.Get() != one {
			t.Errorf("after %q and another look the authorities are others", bad)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if r.Refresh(); r.Get() != one {
		t.Error("without the file the authorities are others")
	}
	if !strings.Contains(seen.String(), "the old ones stay in use") {
		t.Errorf("the log is %s", &seen)
	}
	put(append(first, authority()...))
	if r.Get() != one {
		t.Error("the file is looked at each time")
	}
	if r.Refresh(); r.Get().Equal(one) {
		t.Error("the change is not taken over")
	}
	two := r.Get()
	if r.Refresh(); r.Get() != two {
		t.Error("what has not changed is read again")
	}
}
