package cloudtrail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// ErrNotVerified is returned by VerifyCommand for a journal that has a problem, and by
// ShowCommand when it met lines that it could not show. The output has said why.
var ErrNotVerified = errors.New("the journal is not as it was written")

// VerifyCommand checks the journal in dir and tells a person the result.
func VerifyCommand(w io.Writer, dir string) error {
	r, err := VerifyJournal(dir)
	if err != nil {
		return err
	}
	p := printer{w: w}
	p.printf("%s in %s, %s\n", count(r.Records, "event"), count(int64(r.Segments), "segment"), count(r.Bytes, "byte"))
	if r.First > 1 {
		p.printf("the journal is kept from segment %d on: those before it have expired\n", r.First)
	}
	p.printf("checked up to segment %d, line %d, hash %s\n", r.Segment, r.Line, r.Hash)
	if r.Unfinished > 0 {
		p.printf("behind it %s of an unfinished line: it is being written, or the server was stopped in the middle of it\n",
			count(r.Unfinished, "byte"))
	}
	for _, name := range r.Torn {
		p.printf("set aside after a crash: %s\n", name)
	}
	if r.Problem == nil {
		p.printf("OK: the journal is as it was written\n")
		return p.err
	}
	p.printf("NOT OK: %v\n", r.Problem)
	return cmp.Or(p.err, ErrNotVerified)
}

func count(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// ShowOptions has the settings of ShowCommand.
type ShowOptions struct {
	ReadOptions
	JSON bool // print the records as they are
}

// ShowCommand prints the events that the options choose, one on a line.
func ShowCommand(ctx context.Context, w io.Writer, dir string, o ShowOptions) error {
	p := printer{w: w}
	bad := false
	for r, err := range ReadJournal(ctx, dir, o.ReadOptions) {
		switch problem := (*Problem)(nil); {
		case errors.As(err, &problem):
			bad = true
			if !o.JSON { // whose lines are all records
				p.printf("!! %v\n", clean(problem.Error()))
			}
		case err != nil:
			return err
		case o.JSON:
			p.printf("%s\n", r.JSON)
		default:
			p.printf("%s\n", r.String())
		}
		if p.err != nil {
			return p.err
		}
	}
	if bad {
		return ErrNotVerified
	}
	return nil
}

// String is the record on one line for a person: time, Region, account, event, key,
// principal, outcome.
func (r *Record) String() string {
	key := "-"
	if len(r.Keys) > 0 {
		key = resourceName(r.Keys[0])
	}
	return fmt.Sprintf("%s  %-14s  %-12s  %-31s  %-36s  %-36s  %s",
		r.Time.UTC().Format(timeFormat), dash(r.Region), dash(r.AccountID), dash(r.Name),
		dash(key), dash(r.principal()), cmp.Or(clean(r.ErrorCode), "ok"))
}

// principal is short: "user/Alice", "assumed-role/Admin/alice", "root".
func (r *Record) principal() string {
	if !isARN(r.PrincipalARN) {
		return cmp.Or(r.PrincipalARN, r.InvokedBy, r.caller)
	}
	parts := strings.SplitN(r.PrincipalARN, ":", 6)
	return parts[len(parts)-1]
}

// longest is as many characters of a name as a line shows: those of the longest alias. What
// is longer is no name, but what a client sent in place of one.
const longest = 256

func dash(s string) string {
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return cmp.Or(clean(s), "-")
}

// clean makes text that a client sent harmless for a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// printer keeps the first error of its writer.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
