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
	EventID      string
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
		EventID            string
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
		ErrorCode: w.ErrorCode, RequestID: w.RequestID, EventID: w.EventID, caller: w.UserIdentity.AccountID,
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
