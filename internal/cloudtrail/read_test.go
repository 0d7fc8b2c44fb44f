package cloudtrail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// variety makes a journal with one event of each kind, an hour apart.
func variety(t *testing.T, o cloudtrail.JournalOptions) (dir string, start time.Time) {
	t.Helper()
	dir, start = t.TempDir(), time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC)
	j := open(t, dir, o)
	for i, name := range []string{"encrypt", "denied", "random", "assumed-role", "foreign", "rotate", "service"} {
		e := events()[name]
		e.Time = start.Add(time.Duration(i) * time.Hour)
		e.RequestID = name
		record(t, j, e)
	}
	closeJournal(t, j)
	return dir, start
}

func TestReadFilters(t *testing.T) {
	dir, start := variety(t, cloudtrail.JournalOptions{SegmentBytes: 3000})
	const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
	everything := "encrypt denied random assumed-role foreign rotate service"
	tests := map[string]struct {
		filter cloudtrail.Filter
		want   string // request IDs
	}{
		"all":                    {cloudtrail.Filter{}, everything},
		"since":                  {cloudtrail.Filter{Since: start.Add(5 * time.Hour)}, "rotate service"},
		"since between":          {cloudtrail.Filter{Since: start.Add(5*time.Hour + time.Second)}, "service"},
		"until":                  {cloudtrail.Filter{Until: start.Add(2 * time.Hour)}, "encrypt denied"},
		"since and until":        {cloudtrail.Filter{Since: start.Add(time.Hour), Until: start.Add(3 * time.Hour)}, "denied random"},
		"name":                   {cloudtrail.Filter{EventName: "EnableKey"}, "assumed-role"},
		"part of a name":         {cloudtrail.Filter{EventName: "Enable"}, ""},
		"key id":                 {cloudtrail.Filter{Key: id}, "encrypt denied assumed-role foreign rotate service"},
		"key ARN":                {cloudtrail.Filter{Key: keyARN}, "encrypt denied assumed-role foreign rotate service"},
		"key ARN of a Region":    {cloudtrail.Filter{Key: strings.Replace(keyARN, "us-west-2", "us-east-1", 1)}, ""},
		"part of a key id":       {cloudtrail.Filter{Key: id[:30]}, ""},
		"principal":              {cloudtrail.Filter{PrincipalARN: "arn:aws:sts::111122223333:assumed-role/Admin/alice"}, "assumed-role"},
		"issuer is no principal": {cloudtrail.Filter{PrincipalARN: "arn:aws:iam::111122223333:role/Admin"}, ""},
		"access key":             {cloudtrail.Filter{AccessKeyID: "ASIAEXAMPLE"}, "assumed-role"},
		"error":                  {cloudtrail.Filter{ErrorCode: "AccessDenied"}, "denied"},
		"request":                {cloudtrail.Filter{RequestID: "foreign"}, "foreign"},
		"region":                 {cloudtrail.Filter{Region: "us-west-2"}, everything},
		"other region":           {cloudtrail.Filter{Region: "us-east-1"}, ""},
		"account":                {cloudtrail.Filter{AccountID: "111122223333"}, everything},
		"caller's account":       {cloudtrail.Filter{AccountID: "444455556666"}, "foreign"},
		"two":                    {cloudtrail.Filter{EventName: "Encrypt", ErrorCode: "AccessDenied"}, "denied"},
		"escaped":                {cloudtrail.Filter{RequestID: "a\"b\n"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for r, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{Filter: test.filter}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r.RequestID)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

// A value that JSON escapes is found too, although not by its bytes.
func TestReadEscaped(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{})
	e := smallEvent()
	e.RequestID, e.Identity.AccessKeyID = "a\"b\n", "é"
	record(t, j, e, smallEvent())
	closeJournal(t, j)
	for _, f := range []cloudtrail.Filter{{RequestID: "a\"b\n"}, {AccessKeyID: "é"}} {
		n := 0
		for _, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{Filter: f}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 1 {
			t.Errorf("%+v: %d records", f, n)
		}
	}
}

func TestReadAliases(t *testing.T) {
	e := smallEvent()
	alias := "arn:aws:kms:us-west-2:111122223333:alias/a/b"
	e.Resources = append(e.Resources, cloudtrail.Resource{Type: "AWS::KMS::Alias", ARN: alias})
	e.RequestParameters = []byte(`{"aliasName":"alias/a/b","targetKeyId":"other","keyId":7}`)
	r, err := cloudtrail.ParseRecord(e.AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{
		alias: true, "alias/a/b": true, "other": true, keyARN: true, "key/1234abcd-12ab-34cd-56ef-1234567890ab": true,
		"b": false, "a/b": false, "alias/a": false, "7": false, "arn:aws:kms:us-east-1:111122223333:alias/a/b": false,
	} {
		if got := (cloudtrail.Filter{Key: key}).Match(&r); got != want {
			t.Errorf("key %s: %v", key, got)
		}
	}
}

// Old segments are not even opened when only new events are asked for.
func TestReadSkipsSegments(t *testing.T) {
	dir := t.TempDir()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for round := range 2 { // the second one goes on with what the first one knew
		j := open(t, dir, cloudtrail.JournalOptions{SegmentBytes: 2500})
		for i := range 20 {
			e := named(i)
			e.Time = start.Add(time.Duration(round*20+i) * time.Hour)
			record(t, j, e)
		}
		closeJournal(t, j)
	}
	last := uint64(verified(t, dir).Segments)
	first := func(since time.Time) uint64 {
		n, err := cloudtrail.FirstSegment(dir, since)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := first(time.Time{}); n != 1 {
		t.Errorf("for all it begins at segment %d", n)
	}
	if n := first(start.Add(1000 * time.Hour)); n != last {
		t.Errorf("for nothing it begins at segment %d of %d", n, last)
	}
	for hour := range 40 {
		since := start.Add(time.Duration(hour) * time.Hour)
		n := 0
		for _, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{Filter: cloudtrail.Filter{Since: since}}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 40-hour {
			t.Errorf("since hour %d: %d events", hour, n)
		}
		if n := first(since); hour > 5 && n == 1 {
			t.Errorf("since hour %d it begins at segment 1", hour)
		}
	}
}

func TestReadFollow(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j := open(t, dir, cloudtrail.JournalOptions{SegmentBytes: 3000})
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan string, 100)
		go func() {
			defer close(got)
			for r, err := range cloudtrail.ReadJournal(ctx, dir, cloudtrail.ReadOptions{Follow: true}) {
				if err != nil {
					t.Error(err)
				}
				got <- r.Name
			}
		}()
		for i := range 20 { // through several segments
			record(t, j, named(i))
			if i%7 == 0 { // the reader is far behind, or has seen all
				time.Sleep(time.Second)
				synctest.Wait()
			}
		}
		for i := range 20 {
			if name := <-got; name != fmt.Sprintf("Event%d", i) {
				t.Errorf("event %d is %s", i, name)
			}
		}
		cancel()
		if name, more := <-got; more {
			t.Errorf("got %s after the end", name)
		}
		closeJournal(t, j)
	})
}

// What the reader saw of a line that was then cut off and written anew is not mixed with
// the new one.
func TestReadFollowOverRepair(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 1, cloudtrail.JournalOptions{})
	appendTo(t, segmentPath(dir, 1), strings.Repeat("torn", 100))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan string, 100)
		go func() {
			for r, err := range cloudtrail.ReadJournal(ctx, dir, cloudtrail.ReadOptions{Follow: true}) {
				got <- fmt.Sprint(r.Name, err)
			}
		}()
		time.Sleep(time.Second)
		synctest.Wait()
		j := open(t, dir, cloudtrail.JournalOptions{})
		record(t, j, named(1))
		for _, want := range []string{"Event0<nil>", "RepairJournal<nil>", "Event1<nil>"} {
			if s := <-got; s != want {
				t.Errorf("got %s, want %s", s, want)
			}
		}
		cancel()
		closeJournal(t, j)
	})
}

// Damage is told of and does not hide what comes behind it.
func TestReadGoesOn(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 14, cloudtrail.JournalOptions{SegmentBytes: 4000})
	change(t, segmentPath(dir, 1), func(b []byte) []byte { return bytes.Replace(b, []byte(`{"eventVersion"`), []byte(`{eventVersion"`), 1) })
	remove(t, segmentPath(dir, 2))
	change(t, segmentPath(dir, 3), func(b []byte) []byte { return b[:len(b)-10] })
	change(t, segmentPath(dir, 4), func(b []byte) []byte {
		l := bytes.SplitAfterN(b, []byte("\n"), 3)
		return bytes.Join([][]byte{l[0], bytes.Repeat([]byte("x"), 5<<20), []byte("\n"), l[1], l[2]}, nil)
	})
	var got []string
	for r, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{}) {
		if err != nil {
			var p *cloudtrail.Problem
			if !errors.As(err, &p) {
				t.Fatal(err)
			}
			r.Name = fmt.Sprintf("%d/%d", p.Segment, p.Line)
		}
		got = append(got, r.Name)
	}
	want := "1/2 Event1 Event2 2/0 Event6 Event7 3/4 4/2 Event9 Event10 Event11 Event12 Event13"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestReadStops(t *testing.T) {
	dir := t.TempDir()
	for _, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{}) {
		if !errors.Is(err, cloudtrail.ErrNoJournal) {
			t.Errorf("empty directory: %v", err)
		}
	}
	for _, err := range cloudtrail.ReadJournal(t.Context(), dir+"/x", cloudtrail.ReadOptions{}) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no directory: %v", err)
		}
	}
	fill(t, dir, 5, cloudtrail.JournalOptions{})
	n := 0
	for range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{Follow: true}) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d records after a break", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range cloudtrail.ReadJournal(ctx, dir, cloudtrail.ReadOptions{Follow: true}) {
		t.Error("a record after the end of the context")
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, e := range events() {
		f.Add(e.AppendJSON(nil))
	}
	f.Add([]byte(`{"eventName":"a","eventSource":"b","resources":[{}],"requestParameters":{"keyId":{}}}`))
	f.Add([]byte(`{"eventName":"\u001b[31m","eventSource":"b","userIdentity":{"arn":"arn:"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := cloudtrail.ParseRecord(b)
		if err != nil {
			return
		}
		if s := r.String(); strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x9b }) {
			t.Errorf("not harmless on a terminal: %q", s)
		}
		f := cloudtrail.Filter{Since: r.Time, EventName: r.Name, PrincipalARN: r.PrincipalARN, RequestID: r.RequestID,
			AccessKeyID: r.AccessKeyID, ErrorCode: r.ErrorCode, Region: r.Region, AccountID: r.AccountID}
		if !f.Match(&r) {
			t.Errorf("%+v does not match itself", r)
		}
	})
}
