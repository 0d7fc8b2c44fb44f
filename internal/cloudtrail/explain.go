package cloudtrail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The members of additionalEventData that say why a call was allowed or denied. CloudTrail
// has none like them. They are for the operator: they may tell of policies that the caller's
// account must not know, so that whoever hands records to an account leaves them out. Only the
// event history has them, if AuthorizationAccountField says that it may.
const (
	// AuthorizationField has the decisions that the call needed, one after the other: which
	// statement of which policy, or which grant, allowed or denied; or what allowed nothing.
	AuthorizationField = "authorization"
	// AuthorizationDetailField has, for a denied call, what nearly applied and what is
	// missing, a sentence on each line.
	AuthorizationDetailField = "authorizationDetail"
	// AuthorizationAccountField is the account whose policies, beside AWS's own, are all that
	// the other two tell of. A record whose decisions tell of others has none.
	AuthorizationAccountField = "authorizationAccount"
)

// ErrNoEvent is returned by ExplainCommand if the journal has no such event.
var ErrNoEvent = errors.New("the journal of this node has no event or request with this id")

// explained is what ExplainCommand reads of a record.
type explained struct {
	ErrorCode, ErrorMessage string
	SourceIPAddress         string
	VPCEndpointID           string
	UserIdentity            struct {
		ARN, InvokedBy string
	}
	AdditionalEventData map[string]any
}

// ExplainCommand tells a person why the call that an event records was allowed or denied, as
// it was decided then. id is the id of an event or of a request.
func ExplainCommand(ctx context.Context, w io.Writer, dir, id string) error {
	p, found := printer{w: w}, false
	for r, err := range ReadJournal(ctx, dir, ReadOptions{}) {
		if problem := (*Problem)(nil); errors.As(err, &problem) {
			continue // verify is there to tell of it
		}
		if err != nil {
			return err
		}
		if r.EventID != id && r.RequestID != id {
			continue
		}
		found = true
		if err := r.explain(&p); err != nil {
			return err
		}
	}
	if !found {
		return ErrNoEvent
	}
	return p.err
}

func (r *Record) explain(p *printer) error {
	var e explained
	if err := json.Unmarshal(r.JSON, &e); err != nil {
		return fmt.Errorf("parse record: %w", err)
	}
	p.printf("%s of %s in %s at %s\n", clean(r.Name), clean(r.Source), dash(r.Region), r.Time.UTC().Format(timeFormat))
	p.printf("  caller:   %s\n", dash(cmp.Or(e.UserIdentity.ARN, e.UserIdentity.InvokedBy, r.caller)))
	if e.UserIdentity.ARN != "" && e.UserIdentity.InvokedBy != "" {
		p.printf("  through:  %s\n", clean(e.UserIdentity.InvokedBy))
	}
	p.printf("  from:     %s\n", dash(strings.TrimSpace(e.SourceIPAddress+" "+e.VPCEndpointID)))
	for _, k := range r.Keys {
		if isARN(k) {
			p.printf("  resource: %s\n", dash(k))
		}
	}
	switch {
	case e.ErrorCode == "":
		p.printf("  outcome:  it succeeded\n")
	case e.ErrorMessage == "":
		p.printf("  outcome:  %s\n", clean(e.ErrorCode))
	default:
		p.printf("  outcome:  %s: %s\n", clean(e.ErrorCode), clean(e.ErrorMessage))
	}
	decided := e.field(AuthorizationField)
	if decided == "" {
		p.printf("No decision was needed, or the call failed before one was made.\n")
		return nil
	}
	p.printf("Decided:\n")
	for _, d := range strings.Split(decided, "; ") {
		p.printf("  %s\n", clean(d))
	}
	if detail := e.field(AuthorizationDetailField); detail != "" {
		p.printf("Why, and what is missing:\n")
		for _, line := range strings.Split(detail, "\n") {
			p.printf("  %s\n", clean(line))
		}
	}
	return nil
}

func (e *explained) field(name string) string {
	s, _ := e.AdditionalEventData[name].(string)
	return s
}
