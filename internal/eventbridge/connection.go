package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/webhook"
)

// connectionKind is the kind of the records of connections. A record's key is
// ACCOUNT/REGION/NAME; it is due when the connection waits to be authorized.
const connectionKind = "event-connection"

// mostConnections bounds the connections, and the API destinations, of an account in a Region.
const mostConnections = 3000

// connection is how requests to API destinations are authorized. Its secrets stand in the sealed
// body of the record, and are shown to nobody.
type connection struct {
	ID          string                                       `json:"id"` // the end of its ARN
	Description string                                       `json:"description,omitempty"`
	Kind        types.ConnectionAuthorizationType            `json:"kind"`
	Auth        *types.CreateConnectionAuthRequestParameters `json:"auth,omitempty"`
	State       types.ConnectionState                        `json:"state"`
	Reason      string                                       `json:"reason,omitempty"`
	Created     time.Time                                    `json:"created"`
	Modified    time.Time                                    `json:"modified"`
	Authorized  time.Time                                    `json:"authorized,omitzero"`

	account, region, name string
	due                   time.Time
	version               int64
}

func (x *connection) arn() string {
	return "arn:aws:events:" + x.region + ":" + x.account + ":connection/" + x.name + "/" + x.ID
}

func decodeConnection(r store.Record) (*connection, error) {
	parts := strings.SplitN(r.Key, "/", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("record %s %q has no such key", r.Kind, r.Key)
	}
	x := &connection{account: parts[0], region: parts[1], name: parts[2], due: r.Due, version: r.Version}
	if err := json.Unmarshal(r.Body, x); err != nil {
		return nil, fmt.Errorf("decode record %s %q: %w", r.Kind, r.Key, err)
	}
	return x, nil
}

func (x *connection) put(tx *store.Tx) error {
	body, err := json.Marshal(x)
	if err != nil {
		return err
	}
	r := store.Record{Kind: connectionKind, Key: x.account + "/" + x.region + "/" + x.name, Due: x.due, Version: x.version, Body: body}
	if x.version == 0 {
		return tx.Insert(r)
	}
	return tx.Put(r)
}

// findConnection reads a connection, or returns nil.
func findConnection(from reader, account, region, name string) (*connection, error) {
	r, err := from.Get(connectionKind, account+"/"+region+"/"+name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeConnection(r)
}

func noConnection(name string) error {
	return notFound("Failed to describe the connection(s). Connection '%s' does not exist.", name)
}

// connectionARN is what is decided about: the ARN of a connection, or of those that have a name.
func connectionARN(c *iam.Caller, name string, x *connection) string {
	if x != nil {
		return x.arn()
	}
	return "arn:aws:events:" + c.Region + ":" + c.Principal.Account + ":connection/" + name + "/*"
}

// named reads a connection that the caller named, and decides about it.
func (s *Service) named(ctx context.Context, c *iam.Caller, action, name string) (*connection, error) {
	x, err := findConnection(committed{ctx, s.db}, c.Principal.Account, c.Region, name)
	if err != nil {
		return nil, err
	}
	return x, allow(c, action, connectionARN(c, name, x), keys{})
}

// changeConnection changes a connection that there must be.
func (s *Service) changeConnection(ctx context.Context, c *iam.Caller, name string, f func(tx *store.Tx, x *connection) error) (*connection, error) {
	var changed *connection
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if changed, err = findConnection(tx, c.Principal.Account, c.Region, name); err != nil {
			return err
		}
		if changed == nil {
			return noConnection(name)
		}
		return f(tx, changed)
	})
	return changed, err
}

// CreateConnection makes a connection.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html
func (s *Service) CreateConnection(ctx context.Context, c *iam.Caller, in *eventbridge.CreateConnectionInput) (*eventbridge.CreateConnectionOutput, error) {
	if _, err := s.named(ctx, c, "CreateConnection", *in.Name); err != nil {
		return nil, err
	}
	if in.InvocationConnectivityParameters != nil || in.AuthParameters.ConnectivityParameters != nil {
		return nil, invalid("Connections to private resources are not supported here.")
	}
	if in.KmsKeyIdentifier != nil && *in.KmsKeyIdentifier != "" {
		return nil, invalid("Parameter KmsKeyIdentifier is not supported here: secrets of connections are sealed by the service.")
	}
	if err := checkAuth(in.AuthorizationType, in.AuthParameters); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	x := &connection{
		ID: cloudtrail.NewID(), Description: value(in.Description), Kind: in.AuthorizationType, Auth: in.AuthParameters,
		Created: now, Modified: now, account: c.Principal.Account, region: c.Region, name: *in.Name,
	}
	x.authorize(now)
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if old, err := findConnection(tx, x.account, x.region, x.name); err != nil || old != nil {
			if err == nil {
				err = exists("Connection %s already exists.", x.name)
			}
			return err
		}
		if err := room(tx, connectionKind, x.account+"/"+x.region+"/"); err != nil {
			return err
		}
		return x.put(tx)
	})
	return &eventbridge.CreateConnectionOutput{ConnectionArn: new(x.arn()), ConnectionState: x.State, CreationTime: &x.Created, LastModifiedTime: &x.Modified}, err
}

func room(tx *store.Tx, kind, prefix string) error {
	all, err := tx.Scan(kind, store.Range{Prefix: prefix, Limit: mostConnections})
	if err == nil && len(all) >= mostConnections {
		err = tooMany()
	}
	return err
}

// authorize sets the state of a connection whose secrets are new: OAuth needs a token first.
func (x *connection) authorize(now time.Time) {
	x.State, x.Reason, x.due, x.Authorized = types.ConnectionStateAuthorized, "", time.Time{}, now
	if x.Kind == types.ConnectionAuthorizationTypeOauthClientCredentials {
		x.State, x.due, x.Authorized = types.ConnectionStateAuthorizing, now, time.Time{}
	}
}

// checkAuth checks that the parameters are those of the kind.
func checkAuth(kind types.ConnectionAuthorizationType, p *types.CreateConnectionAuthRequestParameters) error {
	given := map[types.ConnectionAuthorizationType]bool{
		types.ConnectionAuthorizationTypeBasic:                  p.BasicAuthParameters != nil,
		types.ConnectionAuthorizationTypeApiKey:                 p.ApiKeyAuthParameters != nil,
		types.ConnectionAuthorizationTypeOauthClientCredentials: p.OAuthParameters != nil,
	}
	for k, is := range given {
		if is != (k == kind) {
			return invalid("Parameter AuthParameters is not valid. Reason: it must have the parameters of authorization type %s and no others.", kind)
		}
	}
	if p.ApiKeyAuthParameters != nil && !headerAllowed(*p.ApiKeyAuthParameters.ApiKeyName) {
		return invalid("Parameter ApiKeyName is not valid. Reason: %s is not a header that a connection may set.", *p.ApiKeyAuthParameters.ApiKeyName)
	}
	if o := p.OAuthParameters; o != nil {
		if !strings.HasPrefix(*o.AuthorizationEndpoint, "https://") || webhook.Check(*o.AuthorizationEndpoint) != nil {
			return invalid("Parameter AuthorizationEndpoint is not valid. Reason: it must be an https URL.")
		}
		if err := checkParameters(o.OAuthHttpParameters); err != nil {
			return err
		}
	}
	return checkParameters(p.InvocationHttpParameters)
}

func checkParameters(p *types.ConnectionHttpParameters) error {
	if p == nil {
		return nil
	}
	for _, h := range p.HeaderParameters {
		if !headerAllowed(value(h.Key)) {
			return invalid("Parameter HeaderParameters is not valid. Reason: %s is not a header that a connection may set.", value(h.Key))
		}
	}
	return nil
}

// DescribeConnection tells about a connection, but for its secrets.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html
func (s *Service) DescribeConnection(ctx context.Context, c *iam.Caller, in *eventbridge.DescribeConnectionInput) (*eventbridge.DescribeConnectionOutput, error) {
	x, err := s.named(ctx, c, "DescribeConnection", *in.Name)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, noConnection(*in.Name)
	}
	return &eventbridge.DescribeConnectionOutput{
		ConnectionArn: new(x.arn()), Name: &x.name, Description: optional(x.Description), AuthorizationType: x.Kind,
		ConnectionState: x.State, StateReason: optional(x.Reason), CreationTime: &x.Created, LastModifiedTime: &x.Modified,
		LastAuthorizedTime: x.authorized(), AuthParameters: shown(x.Auth),
	}, nil
}

// authorized is when the connection was authorized, nil if never.
func (x *connection) authorized() *time.Time {
	if x.Authorized.IsZero() {
		return nil
	}
	return &x.Authorized
}

// shown is the parameters without the secrets.
func shown(p *types.CreateConnectionAuthRequestParameters) *types.ConnectionAuthResponseParameters {
	if p == nil {
		return nil
	}
	out := &types.ConnectionAuthResponseParameters{InvocationHttpParameters: shownParameters(p.InvocationHttpParameters)}
	if k := p.ApiKeyAuthParameters; k != nil {
		out.ApiKeyAuthParameters = &types.ConnectionApiKeyAuthResponseParameters{ApiKeyName: k.ApiKeyName}
	}
	if b := p.BasicAuthParameters; b != nil {
		out.BasicAuthParameters = &types.ConnectionBasicAuthResponseParameters{Username: b.Username}
	}
	if o := p.OAuthParameters; o != nil {
		out.OAuthParameters = &types.ConnectionOAuthResponseParameters{
			AuthorizationEndpoint: o.AuthorizationEndpoint, HttpMethod: o.HttpMethod,
			ClientParameters:    &types.ConnectionOAuthClientResponseParameters{ClientID: o.ClientParameters.ClientID},
			OAuthHttpParameters: shownParameters(o.OAuthHttpParameters),
		}
	}
	return out
}

func shownParameters(p *types.ConnectionHttpParameters) *types.ConnectionHttpParameters {
	if p == nil {
		return nil
	}
	out := new(types.ConnectionHttpParameters)
	for _, x := range p.HeaderParameters {
		out.HeaderParameters = append(out.HeaderParameters, types.ConnectionHeaderParameter{Key: x.Key, IsValueSecret: x.IsValueSecret, Value: unlessSecret(x.IsValueSecret, x.Value)})
	}
	for _, x := range p.QueryStringParameters {
		out.QueryStringParameters = append(out.QueryStringParameters, types.ConnectionQueryStringParameter{Key: x.Key, IsValueSecret: x.IsValueSecret, Value: unlessSecret(x.IsValueSecret, x.Value)})
	}
	for _, x := range p.BodyParameters {
		out.BodyParameters = append(out.BodyParameters, types.ConnectionBodyParameter{Key: x.Key, IsValueSecret: x.IsValueSecret, Value: unlessSecret(x.IsValueSecret, x.Value)})
	}
	return out
}

func unlessSecret(secret bool, v *string) *string {
	if secret {
		return nil
	}
	return v
}
