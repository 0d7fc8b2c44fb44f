package cloudtrail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"
)

// Record is an event as it stands in the journal.
type Record struct {
	Segment uint64
	Line    int64
	JSON    []byte // the whole record; valid until the next one is read

	Time         time.Time
	Source       string
	Name         string
	Region       string
	AccountID    string // the recipient's
	PrincipalARN string
	AccessKeyID  string
	InvokedBy    string // the service that called, if one did
	ErrorCode    string
	RequestID    string
	Keys         []string // ARNs, ids and aliases of what was touched, the ARNs first
	caller       string   // the account of the principal
}

// ParseRecord reads a CloudTrail record. The result keeps b.
func ParseRecord(b []byte) (Record, error) {
	var w struct {
		EventTime          time.Time
		EventSource        string
		EventName          string
		AWSRegion          string
		ErrorCode          string
		RequestID          string
		RecipientAccountID string
		UserIdentity       struct{ ARN, AccountID, AccessKeyID, InvokedBy string }
		Resources          []struct{ ARN string }
		RequestParameters  struct {
			KeyID, TargetKeyID, AliasName, SourceKeyID, DestinationKeyID any
		}
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return Record{}, fmt.Errorf("parse record: %w", err)
	}
	if w.EventName == "" || w.EventSource == "" {
		return Record{}, errors.New("parse record: no event has neither a name nor a source")
	}
	r := Record{
		JSON: b, Time: w.EventTime, Source: w.EventSource, Name: w.EventName, Region: w.AWSRegion,
		AccountID: w.RecipientAccountID, PrincipalARN: w.UserIdentity.ARN,
		AccessKeyID: w.UserIdentity.AccessKeyID, InvokedBy: w.UserIdentity.InvokedBy,
		ErrorCode: w.ErrorCode, RequestID: w.RequestID, caller: w.UserIdentity.AccountID,
	}
	for _, resource := range w.Resources {
		r.Keys = append(r.Keys, resource.ARN)
	}
	p := w.RequestParameters
	for _, v := range []any{p.KeyID, p.AliasName, p.TargetKeyID, p.SourceKeyID, p.DestinationKeyID} {
		if s, ok := v.(string); ok && !slices.Contains(r.Keys, s) {
			r.Keys = append(r.Keys, s)
		}
	}
	return r, nil
}

// Filter chooses records. A zero field chooses all.
type Filter struct {
	Since        time.Time // from this time on
	Until        time.Time // before this time
	EventName    string
	Key          string // a key's id or ARN, or an alias ("alias/x" or its ARN)
	PrincipalARN string
	AccessKeyID  string
	ErrorCode    string
	RequestID    string
	Region       string
	AccountID    string // the recipient or the caller
}

// Match says whether f chooses r.
func (f Filter) Match(r *Record) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	return !r.Time.Before(f.Since) &&
		(f.Until.IsZero() || r.Time.Before(f.Until)) &&
		is(f.EventName, r.Name) &&
		is(f.PrincipalARN, r.PrincipalARN) &&
		is(f.AccessKeyID, r.AccessKeyID) &&
		is(f.ErrorCode, r.ErrorCode) &&
		is(f.RequestID, r.RequestID) &&
		is(f.Region, r.Region) &&
		(is(f.AccountID, r.AccountID) || f.AccountID == r.caller) &&
		(f.Key == "" || slices.ContainsFunc(r.Keys, func(name string) bool { return f.isKey(r, name) }))
}

// isKey says whether name, as it stands in r, is the key of the filter. One of the two may
// be an ARN and the other not: a name in a request means one of the call's own Region.
func (f Filter) isKey(r *Record, name string) bool {
	switch {
	case name == f.Key:
		return true
	case resourceName(name) != resourceName(f.Key) || isARN(name) && isARN(f.Key):
		return false
	case isARN(f.Key):
		parts := strings.SplitN(f.Key, ":", 6)
		return len(parts) == 6 && parts[3] == r.Region && (parts[4] == r.AccountID || parts[4] == r.caller)
	default:
		return true
	}
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

// resourceName is the last part of an ARN, as it is used without one: a key's id, or an
// alias with its prefix.
func resourceName(s string) string {
	if isARN(s) {
		s = s[strings.LastIndexByte(s, ':')+1:]
	}
	return strings.TrimPrefix(s, "key/")
}

// needles are texts that every record has which f chooses. Looking for them is much
// cheaper than decoding the record.
func (f Filter) needles() [][]byte {
	var n [][]byte
	for _, s := range []string{f.EventName, f.PrincipalARN, f.AccessKeyID, f.ErrorCode,
		f.RequestID, f.Region, f.AccountID, resourceName(f.Key)} {
		quoted := appendString(nil, s)
		if text := quoted[1 : len(quoted)-1]; string(text) == s && s != "" {
			n = append(n, text)
		}
	}
	return n
}

// ReadOptions has the settings of ReadJournal.
type ReadOptions struct {
	Filter
	Follow bool          // wait for more at the end, until the context is done
	Poll   time.Duration // how often Follow looks; 250 ms if 0
}

// ReadJournal returns the records that the filter chooses, in the order of the journal.
// It may run while a server writes. It checks no hashes: that is VerifyJournal's task. An
// error comes with an empty record; after a *Problem the records go on behind it, any
// other error is the last.
func ReadJournal(ctx context.Context, dir string, o ReadOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		first, err := firstSegment(dir, o.Since)
		if err != nil {
			yield(Record{}, fmt.Errorf("read journal %s: %w", dir, err))
			return
		}
		r := reader{cursor: cursor{dir: dir, segment: first}, filter: o.Filter, needles: o.needles()}
		defer r.cursor.close()
		for ctx.Err() == nil {
			record, ok, err := r.next()
			switch {
			case err == io.EOF:
				if !o.Follow || !pause(ctx, o.Poll) {
					return
				}
			case err != nil:
				if !yield(Record{}, err) || !errors.As(err, new(*Problem)) {
					return
				}
			case ok:
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// firstSegment skips the segments in which all events are older than since.
func firstSegment(dir string, since time.Time) (uint64, error) {
	numbers, err := segments(dir)
	if err != nil {
		return 0, err
	}
	if len(numbers) == 0 {
		return 0, ErrNoJournal
	}
	first := numbers[0]
	for _, n := range numbers[1:] {
		h, ok, err := readHeader(dir, n)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !ok {
			break
		}
		if err != nil {
			return 0, err
		}
		if !h.Latest.Before(since) {
			break
		}
		first = n
	}
	return first, nil
}

// pause waits for the next look at the end of the journal. It says whether to look.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		d = 250 * time.Millisecond
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

type reader struct {
	cursor  cursor
	filter  Filter
	needles [][]byte
}

// next reads one line. It returns false if the line is not wanted.
func (r *reader) next() (Record, bool, error) {
	l, err := r.cursor.next()
	if err != nil || l.number == 1 {
		return Record{}, false, err
	}
	for _, n := range r.needles {
		if !bytes.Contains(l.text, n) {
			return Record{}, false, nil
		}
	}
	_, b, ok := l.split()
	if !ok {
		return Record{}, false, &Problem{l.segment, l.number, "is not a line of a journal"}
	}
	record, err := ParseRecord(b)
	if err != nil {
		return Record{}, false, &Problem{l.segment, l.number, err.Error()}
	}
	record.Segment, record.Line = l.segment, l.number
	return record, r.filter.Match(&record), nil
}
