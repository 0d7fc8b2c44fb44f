package trail

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
)

// maxLookup is the most events of a page, and their number if the caller does not say.
const maxLookup = 50

// lookupTime is for how long, in wall time, one call goes on looking for a first event.
const lookupTime = 3 * time.Second

// LookupEvents searches the event history of the last 90 days, the newest events first.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
func (s *Service) LookupEvents(ctx context.Context, c *iam.Caller, in *cloudtrail.LookupEventsInput) (*cloudtrail.LookupEventsOutput, error) {
	if err := authorize(c, "LookupEvents", "*", nil); err != nil {
		return nil, err
	}
	q, err := newLookup(c, in, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	out := &cloudtrail.LookupEventsOutput{Events: []types.Event{}}
	if q.insight {
		return out, nil
	}
	found, next, err := s.page(ctx, q)
	if err != nil {
		return nil, err
	}
	reader := s.newExplained(c)
	for i := range found {
		text := found[i].Text
		if !reader.may(ctx, text) {
			text = publicText(text)
		}
		out.Events = append(out.Events, describeEvent(text))
	}
	if next != "" {
		out.NextToken = new(q.token(next))
	}
	return out, nil
}

// page reads a page. One that has come to nothing within its share of work is gone on with
// for a while.
func (s *Service) page(ctx context.Context, q *lookup) ([]eventstore.Event, string, error) {
	began := time.Now()
	for {
		found, next, err := s.events.Page(ctx, q.query, q.limit, q.match)
		if errors.Is(err, eventstore.ErrPosition) {
			return nil, "", badToken()
		}
		if err != nil || len(found) > 0 || next == "" || time.Since(began) > lookupTime {
			return found, next, err
		}
		q.query.After = next
	}
}

// lookup is a query of LookupEvents.
type lookup struct {
	query   eventstore.Query
	limit   int
	match   func(*eventstore.Event) bool
	insight bool
	bound   string // what the token of the next page is bound to
}

func newLookup(c *iam.Caller, in *cloudtrail.LookupEventsInput, now time.Time) (*lookup, error) {
	q := &lookup{limit: maxLookup, insight: in.EventCategory == types.EventCategoryInsight}
	if in.MaxResults != nil {
		q.limit = int(*in.MaxResults)
	}
	if q.limit < 1 || q.limit > maxLookup {
		return nil, &types.InvalidMaxResultsException{Message: new(fmt.Sprintf("The maximum number of results must be between 1 and %d.", maxLookup))}
	}
	p := partition{c.Principal.Account, c.Region}
	oldest := now.Add(-historyKept)
	q.query = eventstore.Query{Logs: []string{p.log()}, From: oldest, Until: now.Add(time.Second), Backward: true}
	if in.StartTime != nil && in.StartTime.After(oldest) {
		q.query.From = *in.StartTime
	}
	if in.EndTime != nil {
		q.query.Until = in.EndTime.Add(time.Second).Truncate(time.Second) // the second itself belongs to it
	}
	if in.StartTime != nil && in.EndTime != nil && in.StartTime.After(*in.EndTime) {
		return nil, &types.InvalidTimeRangeException{Message: new("The start time must be before the end time.")}
	}
	if err := q.choose(in.LookupAttributes); err != nil {
		return nil, err
	}
	q.bound = bindings(c, in)
	return q, q.resume(in.NextToken)
}

// bindings is a hash of what a query asks for.
func bindings(c *iam.Caller, in *cloudtrail.LookupEventsInput) string {
	b, err := json.Marshal([]any{c.Principal.Account, c.Region, in.LookupAttributes, in.StartTime, in.EndTime, in.EventCategory})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// token is where the next page begins. It comes back from outside, and gives access to
// nothing: where is only looked for in the log of the caller.
func (q *lookup) token(next string) string {
	return base64.StdEncoding.EncodeToString([]byte(q.bound + next))
}

func (q *lookup) resume(token *string) error {
	if token == nil {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(*token)
	if err != nil || len(b) <= len(q.bound) || string(b[:len(q.bound)]) != q.bound || len(b) > 4096 {
		return badToken()
	}
	q.query.After = string(b[len(q.bound):])
	return nil
}

func badToken() error {
	return &types.InvalidNextTokenException{Message: new("The token is not valid: it is damaged, or the request is not the one that it belongs to.")}
}

// choose makes the query one for events with an attribute.
func (q *lookup) choose(attributes []types.LookupAttribute) error {
	switch len(attributes) {
	case 0:
		q.match = func(*eventstore.Event) bool { return true }
		return nil
	case 1:
	default:
		return badAttributes("You can only use one lookup attribute.")
	}
	a := attributes[0]
	want := *a.AttributeValue
	is, ok := attribute(a.AttributeKey, want)
	if !ok {
		return badAttributes("The lookup attribute is not valid: " + string(a.AttributeKey))
	}
	if a.AttributeKey == types.LookupAttributeKeyReadOnly && want != "true" && want != "false" {
		return badAttributes("The value of the lookup attribute ReadOnly must be true or false.")
	}
	q.query.Terms = terms(a.AttributeKey, want)
	q.match = func(e *eventstore.Event) bool { return is(e.Text) }
	return nil
}

func badAttributes(text string) error {
	return &types.InvalidLookupAttributesException{Message: &text}
}

// attribute is how an event is told whose attribute has a value.
func attribute(key types.LookupAttributeKey, want string) (is func(text []byte) bool, ok bool) {
	of := func(get func(*described) string) func([]byte) bool {
		return func(text []byte) bool {
			var d described
			return json.Unmarshal(text, &d) == nil && get(&d) == want
		}
	}
	ofEntry := func(get func(*entry) string) func([]byte) bool {
		return func(text []byte) bool {
			e, ok := readEntry(text)
			return ok && get(&e) == want
		}
	}
	ofResource := func(get func(*resource) []string) func([]byte) bool {
		return func(text []byte) bool {
			var d described
			if json.Unmarshal(text, &d) != nil {
				return false
			}
			for i := range d.Resources {
				if contains(get(&d.Resources[i]), want) {
					return true
				}
			}
			return false
		}
	}
	switch key {
	case types.LookupAttributeKeyEventId:
		return ofEntry(func(e *entry) string { return string(e.id) }), true
	case types.LookupAttributeKeyEventName:
		return ofEntry(func(e *entry) string { return string(e.name) }), true
	case types.LookupAttributeKeyEventSource:
		return ofEntry(func(e *entry) string { return string(e.source) }), true
	case types.LookupAttributeKeyReadOnly:
		return ofEntry(func(e *entry) string { return fmt.Sprint(e.readOnly) }), true
	case types.LookupAttributeKeyUsername:
		return of((*described).user), true
	case types.LookupAttributeKeyAccessKeyId:
		return of(func(d *described) string { return d.UserIdentity.AccessKeyID }), true
	case types.LookupAttributeKeyResourceType:
		return ofResource(func(r *resource) []string { return []string{r.Type} }), true
	case types.LookupAttributeKeyResourceName:
		return ofResource(func(r *resource) []string { return []string{r.ARN, r.short()} }), true
	}
	return nil, false
}

// terms are words that every event has whose attribute has a value; nil if none are known.
func terms(key types.LookupAttributeKey, want string) []string {
	switch {
	case key == types.LookupAttributeKeyReadOnly:
		return nil // every other event has them
	case key == types.LookupAttributeKeyUsername && want == rootName:
		want = "Root" // the name is made of the type
	}
	for i := range len(want) {
		if c := want[i]; c < ' ' || c > '~' || strings.IndexByte(`"\<>&`, c) >= 0 {
			return nil // it may stand in the text with escapes
		}
	}
	var words []string
	for w := range eventstore.Words([]byte(want)) {
		words = append(words, string(w))
	}
	return words
}

// described is what LookupEvents tells of an event beside its text.
type described struct {
	EventID, EventName, EventSource string
	EventTime                       time.Time
	ReadOnly                        bool
	UserIdentity                    struct {
		Type, ARN, UserName, AccessKeyID, InvokedBy string
	}
	Resources []resource
}

type resource struct{ ARN, Type string }

// short is the name of a resource without the rest of its ARN: the id of a key, an alias.
func (r *resource) short() string {
	a, ok := iam.ParseARN(r.ARN)
	if !ok {
		return r.ARN
	}
	if _, id, ok := strings.Cut(a.Resource, "/"); ok && !strings.HasPrefix(a.Resource, "alias/") {
		return id
	}
	return a.Resource
}

// rootName is the user name of a root user.
const rootName = "root"

// user is the user name of an event: that of the user, or of a role's session.
func (d *described) user() string {
	switch d.UserIdentity.Type {
	case "Root":
		return rootName
	case "AssumedRole":
		return d.UserIdentity.ARN[strings.LastIndexByte(d.UserIdentity.ARN, '/')+1:]
	case "AWSService":
		return d.UserIdentity.InvokedBy
	}
	return d.UserIdentity.UserName
}

// describeEvent is an event as the API tells of it.
func describeEvent(text []byte) types.Event {
	out := types.Event{CloudTrailEvent: new(string(text)), Resources: []types.Resource{}}
	var d described
	if json.Unmarshal(text, &d) != nil {
		return out
	}
	out.EventId, out.EventName, out.EventSource, out.EventTime = &d.EventID, &d.EventName, &d.EventSource, &d.EventTime
	out.ReadOnly, out.Username, out.AccessKeyId = new(fmt.Sprint(d.ReadOnly)), optional(d.user()), optional(d.UserIdentity.AccessKeyID)
	for _, r := range d.Resources {
		out.Resources = append(out.Resources, types.Resource{ResourceType: optional(r.Type), ResourceName: &r.ARN})
	}
	return out
}
