package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/webhook"
)

// destinationKind is the kind of the records of API destinations. A record's key is
// ACCOUNT/REGION/NAME.
const destinationKind = "event-destination"

// endpoint is an API destination: an HTTPS endpoint that rules can have as their target.
type endpoint struct {
	ID          string                         `json:"id"` // the end of its ARN
	Description string                         `json:"description,omitempty"`
	Connection  string                         `json:"connection"` // ARN
	URL         string                         `json:"url"`
	Method      types.ApiDestinationHttpMethod `json:"method"`
	Rate        int32                          `json:"rate"` // a second
	Created     time.Time                      `json:"created"`
	Modified    time.Time                      `json:"modified"`

	account, region, name string
	version               int64
}

// defaultRate is how many requests a second go to an API destination that does not say.
const defaultRate = 300

func (e *endpoint) key() string { return e.account + "/" + e.region + "/" + e.name }

func (e *endpoint) arn() string {
	return "arn:aws:events:" + e.region + ":" + e.account + ":api-destination/" + e.name + "/" + e.ID
}

func decodeEndpoint(r store.Record) (*endpoint, error) {
	parts := strings.SplitN(r.Key, "/", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("record %s %q has no such key", r.Kind, r.Key)
	}
	e := &endpoint{account: parts[0], region: parts[1], name: parts[2], version: r.Version}
	if err := json.Unmarshal(r.Body, e); err != nil {
		return nil, fmt.Errorf("decode record %s %q: %w", r.Kind, r.Key, err)
	}
	return e, nil
}

func (e *endpoint) put(tx *store.Tx) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	r := store.Record{Kind: destinationKind, Key: e.key(), Version: e.version, Body: body}
	if e.version == 0 {
		return tx.Insert(r)
	}
	return tx.Put(r)
}

// findEndpoint reads an API destination, or returns nil.
func findEndpoint(from reader, account, region, name string) (*endpoint, error) {
	r, err := from.Get(destinationKind, account+"/"+region+"/"+name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeEndpoint(r)
}

// endpoint reads an API destination by its ARN, or returns store.ErrNotFound: one that was made
// anew under the same name is another.
func (s *Service) endpoint(ctx context.Context, arn string) (*endpoint, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 {
		return nil, store.ErrNotFound
	}
	name, id, _ := strings.Cut(strings.TrimPrefix(parts[5], "api-destination/"), "/")
	e, err := findEndpoint(committed{ctx, s.db}, parts[4], parts[3], name)
	if err == nil && (e == nil || e.ID != id) {
		err = store.ErrNotFound
	}
	return e, err
}

func noEndpoint(name string) error {
	return notFound("Failed to describe the api-destination(s). ApiDestination '%s' does not exist.", name)
}

// namedEndpoint reads an API destination that the caller named, and decides about it.
func (s *Service) namedEndpoint(ctx context.Context, c *iam.Caller, action, name string) (*endpoint, error) {
	e, err := findEndpoint(committed{ctx, s.db}, c.Principal.Account, c.Region, name)
	if err != nil {
		return nil, err
	}
	arn := "arn:aws:events:" + c.Region + ":" + c.Principal.Account + ":api-destination/" + name + "/*"
	if e != nil {
		arn = e.arn()
	}
	return e, allow(c, action, arn, keys{})
}

// CreateApiDestination makes an API destination.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html
func (s *Service) CreateApiDestination(ctx context.Context, c *iam.Caller, in *eventbridge.CreateApiDestinationInput) (*eventbridge.CreateApiDestinationOutput, error) {
	if _, err := s.namedEndpoint(ctx, c, "CreateApiDestination", *in.Name); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	e := &endpoint{
		ID: cloudtrail.NewID(), Description: value(in.Description), Connection: *in.ConnectionArn, URL: *in.InvocationEndpoint, Method: in.HttpMethod,
		Rate: defaultRate, Created: now, Modified: now, account: c.Principal.Account, region: c.Region, name: *in.Name,
	}
	if in.InvocationRateLimitPerSecond != nil {
		e.Rate = *in.InvocationRateLimitPerSecond
	}
	var state types.ApiDestinationState
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if state, err = e.check(tx); err != nil {
			return err
		}
		old, err := findEndpoint(tx, e.account, e.region, e.name)
		if err != nil {
			return err
		}
		if old != nil {
			return exists("An api-destination '%s' already exists.", e.name)
		}
		if err := room(tx, destinationKind, e.account+"/"+e.region+"/"); err != nil {
			return err
		}
		return e.put(tx)
	})
	return &eventbridge.CreateApiDestinationOutput{ApiDestinationArn: new(e.arn()), ApiDestinationState: state, CreationTime: &e.Created, LastModifiedTime: &e.Modified}, err
}

// check checks the parts of an API destination. The state is its connection's.
func (e *endpoint) check(from reader) (types.ApiDestinationState, error) {
	if !strings.HasPrefix(e.URL, "https://") || webhook.Check(strings.ReplaceAll(e.URL, "*", "x")) != nil {
		return "", invalid("Parameter InvocationEndpoint is not valid. Reason: it must be an https URL.")
	}
	if !wildcardsInPath(e.URL) {
		return "", invalid("Parameter InvocationEndpoint is not valid. Reason: path parameters must be in its path.")
	}
	x, err := e.connection(from)
	if err != nil {
		return "", err
	}
	if x == nil {
		return "", notFound("Connection '%s' does not exist.", e.Connection)
	}
	return stateOf(x), nil
}

// wildcardsInPath reports whether all path parameters stand in the path: an event must not choose
// the host, nor add to the query.
func wildcardsInPath(text string) bool {
	u, err := url.Parse(strings.ReplaceAll(text, "*", "%2A"))
	return err == nil && !strings.Contains(u.Host, "*") && !strings.Contains(u.Host, "%") && !strings.Contains(u.RawQuery, "%2A") && u.Fragment == ""
}

// connection reads the connection of an API destination, or returns nil.
func (e *endpoint) connection(from reader) (*connection, error) {
	name, _, _ := strings.Cut(strings.TrimPrefix(e.Connection, "arn:aws:events:"+e.region+":"+e.account+":connection/"), "/")
	x, err := findConnection(from, e.account, e.region, name)
	if err != nil || x == nil || x.arn() != e.Connection {
		return nil, err
	}
	return x, nil
}

func stateOf(x *connection) types.ApiDestinationState {
	if x != nil && x.State == types.ConnectionStateAuthorized {
		return types.ApiDestinationStateActive
	}
	return types.ApiDestinationStateInactive
}

// DescribeApiDestination tells about an API destination.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeApiDestination.html
func (s *Service) DescribeApiDestination(ctx context.Context, c *iam.Caller, in *eventbridge.DescribeApiDestinationInput) (*eventbridge.DescribeApiDestinationOutput, error) {
	e, err := s.namedEndpoint(ctx, c, "DescribeApiDestination", *in.Name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, noEndpoint(*in.Name)
	}
	x, err := e.connection(committed{ctx, s.db})
	if err != nil {
		return nil, err
	}
	return &eventbridge.DescribeApiDestinationOutput{
		ApiDestinationArn: new(e.arn()), ApiDestinationState: stateOf(x), Name: &e.name, Description: optional(e.Description), ConnectionArn: &e.Connection,
		InvocationEndpoint: &e.URL, HttpMethod: e.Method, InvocationRateLimitPerSecond: &e.Rate, CreationTime: &e.Created, LastModifiedTime: &e.Modified,
	}, nil
}

// UpdateApiDestination changes an API destination. What the request does not name stays.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateApiDestination.html
func (s *Service) UpdateApiDestination(ctx context.Context, c *iam.Caller, in *eventbridge.UpdateApiDestinationInput) (*eventbridge.UpdateApiDestinationOutput, error) {
	if _, err := s.namedEndpoint(ctx, c, "UpdateApiDestination", *in.Name); err != nil {
		return nil, err
	}
	var e *endpoint
	var state types.ApiDestinationState
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if e, err = findEndpoint(tx, c.Principal.Account, c.Region, *in.Name); err != nil {
			return err
		}
		if e == nil {
			return noEndpoint(*in.Name)
		}
		if in.Description != nil {
			e.Description = *in.Description
		}
		if in.ConnectionArn != nil {
			e.Connection = *in.ConnectionArn
		}
		if in.InvocationEndpoint != nil {
			e.URL = *in.InvocationEndpoint
		}
		if in.HttpMethod != "" {
			e.Method = in.HttpMethod
		}
		if in.InvocationRateLimitPerSecond != nil {
			e.Rate = *in.InvocationRateLimitPerSecond
		}
		e.Modified = s.clock.Now()
		if state, err = e.check(tx); err != nil {
			return err
		}
		return e.put(tx)
	})
	if err != nil {
		return nil, err
	}
	return &eventbridge.UpdateApiDestinationOutput{ApiDestinationArn: new(e.arn()), ApiDestinationState: state, CreationTime: &e.Created, LastModifiedTime: &e.Modified}, nil
}

// DeleteApiDestination deletes an API destination.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteApiDestination.html
func (s *Service) DeleteApiDestination(ctx context.Context, c *iam.Caller, in *eventbridge.DeleteApiDestinationInput) (*eventbridge.DeleteApiDestinationOutput, error) {
	e, err := s.namedEndpoint(ctx, c, "DeleteApiDestination", *in.Name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, noEndpoint(*in.Name)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return tx.Delete(destinationKind, e.key()) })
	if errors.Is(err, store.ErrNotFound) {
		err = noEndpoint(*in.Name)
	}
	return nil, err
}

// ListApiDestinations lists the API destinations of the caller's account.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListApiDestinations.html
func (s *Service) ListApiDestinations(ctx context.Context, c *iam.Caller, in *eventbridge.ListApiDestinationsInput) (*eventbridge.ListApiDestinationsOutput, error) {
	if err := allow(c, "ListApiDestinations", "*", keys{}); err != nil {
		return nil, err
	}
	records, next, err := s.page(ctx, destinationKind, c.Principal.Account+"/"+c.Region+"/", value(in.NamePrefix), in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.ListApiDestinationsOutput{NextToken: next, ApiDestinations: []types.ApiDestination{}}
	for _, r := range records {
		e, err := decodeEndpoint(r)
		if err != nil {
			return nil, err
		}
		if in.ConnectionArn != nil && *in.ConnectionArn != e.Connection {
			continue
		}
		x, err := e.connection(committed{ctx, s.db})
		if err != nil {
			return nil, err
		}
		out.ApiDestinations = append(out.ApiDestinations, types.ApiDestination{
			ApiDestinationArn: new(e.arn()), ApiDestinationState: stateOf(x), Name: &e.name, ConnectionArn: &e.Connection,
			InvocationEndpoint: &e.URL, HttpMethod: e.Method, InvocationRateLimitPerSecond: &e.Rate, CreationTime: &e.Created, LastModifiedTime: &e.Modified,
		})
	}
	return out, nil
}
