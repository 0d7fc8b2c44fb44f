package cloudtrail_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

func TestShowCommand(t *testing.T) {
	dir, start := variety(t, cloudtrail.JournalOptions{})
	var out bytes.Buffer
	if err := cloudtrail.ShowCommand(t.Context(), &out, dir, cloudtrail.ShowOptions{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "show.txt", out.Bytes())

	out.Reset()
	o := cloudtrail.ShowOptions{JSON: true, ReadOptions: cloudtrail.ReadOptions{Filter: cloudtrail.Filter{EventName: "EnableKey"}}}
	if err := cloudtrail.ShowCommand(t.Context(), &out, dir, o); err != nil {
		t.Fatal(err)
	}
	e := events()["assumed-role"]
	e.Time, e.RequestID = start.Add(3*time.Hour), "assumed-role"
	_, after, _ := strings.Cut(out.String(), `"eventID":"`)
	e.ID = after[:36] // the journal gave it one
	if want := string(e.AppendJSON(nil)) + "\n"; out.String() != want {
		t.Errorf("got %s, want %s", out.String(), want)
	}
}

func TestShowCommandDamage(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 2, cloudtrail.JournalOptions{})
	appendTo(t, segmentPath(dir, 1), "\x1b[31m no line\n")
	for _, json := range []bool{false, true} {
		var out bytes.Buffer
		err := cloudtrail.ShowCommand(t.Context(), &out, dir, cloudtrail.ShowOptions{JSON: json})
		if !errors.Is(err, cloudtrail.ErrNotVerified) {
			t.Errorf("got %v", err)
		}
		if told := strings.Contains(out.String(), "!! segment 1, line 4"); told == json {
			t.Errorf("output with JSON %v:\n%s", json, out.String())
		}
	}
}

// Names come from clients. They must not move the cursor of who looks at them.
func TestShowIsHarmless(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{})
	e := smallEvent()
	e.Resources = nil
	e.RequestParameters = []byte(`{"keyId":"\u001b[2J\u202ex\n"}`)
	e.Identity.ARN = "arn:aws:iam::1:user/\x1b]0;x\x07"
	record(t, j, e)
	closeJournal(t, j)
	var out bytes.Buffer
	if err := cloudtrail.ShowCommand(t.Context(), &out, dir, cloudtrail.ShowOptions{}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.ContainsAny(s, "\x1b\x07\u202e") || strings.Count(s, "\n") != 1 || !strings.Contains(s, "?[2J?x?") {
		t.Errorf("got %q", s)
	}
}

// A line stays one that a person can read, and shows whole names.
func TestShowIsShort(t *testing.T) {
	for n, whole := range map[int]bool{256: true, 257: false, 1 << 20: false} {
		name := strings.Repeat("é", n)
		r, err := cloudtrail.ParseRecord([]byte(`{"eventSource":"kms.amazonaws.com","eventName":"Encrypt","requestParameters":{"keyId":"` + name + `"}}`))
		if err != nil {
			t.Fatal(err)
		}
		s := r.String()
		if strings.Contains(s, name) != whole || strings.Contains(s, "é…") == whole || len(s) > 800 {
			t.Errorf("a name of %d characters makes a line of %d bytes", n, len(s))
		}
	}
}

func TestVerifyCommand(t *testing.T) {
	dir, files := threeSegments(t)
	appendTo(t, segmentPath(dir, 3), "unfinished")
	var out bytes.Buffer
	if err := cloudtrail.VerifyCommand(&out, dir); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"12 events in 3 segments", "checked up to segment 3, line 3, hash ", "10 bytes of an unfinished line", "\nOK: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwithout %q", out.String(), want)
		}
	}
	flip(t, segmentPath(dir, 2), len(files[segmentName(2)])/2)
	out.Reset()
	if err := cloudtrail.VerifyCommand(&out, dir); !errors.Is(err, cloudtrail.ErrNotVerified) {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(out.String(), "\nNOT OK: segment 2, line ") {
		t.Errorf("got\n%s", out.String())
	}
	if err := cloudtrail.VerifyCommand(&out, t.TempDir()); !errors.Is(err, cloudtrail.ErrNoJournal) {
		t.Errorf("empty directory: %v", err)
	}
}

// failingWriter takes a number of bytes.
type failingWriter int

var errWriter = errors.New("no more")

func (w *failingWriter) Write(b []byte) (int, error) {
	if *w -= failingWriter(len(b)); *w < 0 {
		return 0, errWriter
	}
	return len(b), nil
}

// When the reader of a pipe has gone, there is no use in going on.
func TestCommandsStopWithTheirWriter(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 100, cloudtrail.JournalOptions{})
	w := failingWriter(500)
	if err := cloudtrail.ShowCommand(t.Context(), &w, dir, cloudtrail.ShowOptions{}); !errors.Is(err, errWriter) {
		t.Errorf("show: %v", err)
	}
	w = 10
	if err := cloudtrail.VerifyCommand(&w, dir); !errors.Is(err, errWriter) {
		t.Errorf("verify: %v", err)
	}
}

func ExampleRecord() {
	r, err := cloudtrail.ParseRecord(events()["denied"].AppendJSON(nil))
	fmt.Println(r.Name, r.PrincipalARN, r.ErrorCode, err)
	// Output: Encrypt arn:aws:iam::111122223333:user/Alice AccessDenied <nil>
}
