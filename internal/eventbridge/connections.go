package eventbridge

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// UpdateConnection changes a connection. What the request does not name stays.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateConnection.html
func (s *Service) UpdateConnection(ctx context.Context, c *iam.Caller, in *eventbridge.UpdateConnectionInput) (*eventbridge.UpdateConnectionOutput, error) {
	if _, err := s.named(ctx, c, "UpdateConnection", *in.Name); err != nil {
		return nil, err
	}
	if in.InvocationConnectivityParameters != nil || in.AuthParameters != nil && in.AuthParameters.ConnectivityParameters != nil {
		return nil, invalid("Connections to private resources are not supported here.")
	}
	if in.KmsKeyIdentifier != nil && *in.KmsKeyIdentifier != "" {
		return nil, invalid("Parameter KmsKeyIdentifier is not supported here: secrets of connections are sealed by the service.")
	}
	x, err := s.changeConnection(ctx, c, *in.Name, func(tx *store.Tx, x *connection) error {
		if in.AuthorizationType != "" {
			x.Kind = in.AuthorizationType
		}
		if in.Description != nil {
			x.Description = *in.Description
		}
		if in.AuthParameters != nil {
			auth, err := merged(x.Kind, x.Auth, in.AuthParameters)
			if err != nil {
				return err
			}
			x.Auth = auth
		}
		if x.Auth == nil {
			return invalid("Parameter AuthParameters must be specified: the connection has no secrets any more.")
		}
		if err := checkAuth(x.Kind, x.Auth); err != nil {
			return err
		}
		x.Modified = s.clock.Now()
		x.authorize(x.Modified)
		return x.put(tx)
	})
	if err != nil {
		return nil, err
	}
	s.tokens.drop(x.arn())
	return &eventbridge.UpdateConnectionOutput{
		ConnectionArn: new(x.arn()), ConnectionState: x.State, CreationTime: &x.Created, LastModifiedTime: &x.Modified, LastAuthorizedTime: x.authorized(),
	}, nil
}

// merged is the parameters of a connection with those of an update over them.
func merged(kind types.ConnectionAuthorizationType, old *types.CreateConnectionAuthRequestParameters, in *types.UpdateConnectionAuthRequestParameters) (*types.CreateConnectionAuthRequestParameters, error) {
	out := new(types.CreateConnectionAuthRequestParameters)
	if old != nil {
		out.InvocationHttpParameters = old.InvocationHttpParameters
	}
	if in.InvocationHttpParameters != nil {
		out.InvocationHttpParameters = in.InvocationHttpParameters
	}
	complete := true
	over := func(old, in *string) *string {
		if in == nil {
			in = old
		}
		complete = complete && in != nil
		return in
	}
	switch kind {
	case types.ConnectionAuthorizationTypeBasic:
		a, b := &types.CreateConnectionBasicAuthRequestParameters{}, &types.UpdateConnectionBasicAuthRequestParameters{}
		if old != nil && old.BasicAuthParameters != nil {
			a = old.BasicAuthParameters
		}
		if in.BasicAuthParameters != nil {
			b = in.BasicAuthParameters
		}
		out.BasicAuthParameters = &types.CreateConnectionBasicAuthRequestParameters{Username: over(a.Username, b.Username), Password: over(a.Password, b.Password)}
	case types.ConnectionAuthorizationTypeApiKey:
		a, b := &types.CreateConnectionApiKeyAuthRequestParameters{}, &types.UpdateConnectionApiKeyAuthRequestParameters{}
		if old != nil && old.ApiKeyAuthParameters != nil {
			a = old.ApiKeyAuthParameters
		}
		if in.ApiKeyAuthParameters != nil {
			b = in.ApiKeyAuthParameters
		}
		out.ApiKeyAuthParameters = &types.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: over(a.ApiKeyName, b.ApiKeyName), ApiKeyValue: over(a.ApiKeyValue, b.ApiKeyValue)}
	case types.ConnectionAuthorizationTypeOauthClientCredentials:
		out.OAuthParameters = mergedOAuth(old, in.OAuthParameters, over)
	}
	if !complete {
		return nil, invalid("Parameter AuthParameters is not valid. Reason: it must have the parameters of authorization type %s.", kind)
	}
	return out, nil
}

func mergedOAuth(before *types.CreateConnectionAuthRequestParameters, in *types.UpdateConnectionOAuthRequestParameters, over func(old, in *string) *string) *types.CreateConnectionOAuthRequestParameters {
	old := &types.CreateConnectionOAuthRequestParameters{HttpMethod: types.ConnectionOAuthHttpMethodPost}
	if before != nil && before.OAuthParameters != nil {
		old = before.OAuthParameters
	}
	if in == nil {
		in = new(types.UpdateConnectionOAuthRequestParameters)
	}
	out := &types.CreateConnectionOAuthRequestParameters{
		AuthorizationEndpoint: over(old.AuthorizationEndpoint, in.AuthorizationEndpoint), HttpMethod: old.HttpMethod, OAuthHttpParameters: old.OAuthHttpParameters,
	}
	if in.HttpMethod != "" {
		out.HttpMethod = in.HttpMethod
	}
	if in.OAuthHttpParameters != nil {
		out.OAuthHttpParameters = in.OAuthHttpParameters
	}
	a, b := old.ClientParameters, in.ClientParameters
	if a == nil {
		a = new(types.CreateConnectionOAuthClientRequestParameters)
	}
	if b == nil {
		b = new(types.UpdateConnectionOAuthClientRequestParameters)
	}
	out.ClientParameters = &types.CreateConnectionOAuthClientRequestParameters{ClientID: over(a.ClientID, b.ClientID), ClientSecret: over(a.ClientSecret, b.ClientSecret)}
	return out
}

// DeauthorizeConnection takes the secrets of a connection away.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeauthorizeConnection.html
func (s *Service) DeauthorizeConnection(ctx context.Context, c *iam.Caller, in *eventbridge.DeauthorizeConnectionInput) (*eventbridge.DeauthorizeConnectionOutput, error) {
	if _, err := s.named(ctx, c, "DeauthorizeConnection", *in.Name); err != nil {
		return nil, err
	}
	x, err := s.changeConnection(ctx, c, *in.Name, func(tx *store.Tx, x *connection) error {
		x.deauthorize("The connection was deauthorized.")
		x.Auth = nil
		x.Modified = s.clock.Now()
		return x.put(tx)
	})
	if err != nil {
		return nil, err
	}
	s.tokens.drop(x.arn())
	return &eventbridge.DeauthorizeConnectionOutput{
		ConnectionArn: new(x.arn()), ConnectionState: x.State, CreationTime: &x.Created, LastModifiedTime: &x.Modified, LastAuthorizedTime: x.authorized(),
	}, nil
}

// DeleteConnection deletes a connection.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteConnection.html
func (s *Service) DeleteConnection(ctx context.Context, c *iam.Caller, in *eventbridge.DeleteConnectionInput) (*eventbridge.DeleteConnectionOutput, error) {
	if _, err := s.named(ctx, c, "DeleteConnection", *in.Name); err != nil {
		return nil, err
	}
	x, err := s.changeConnection(ctx, c, *in.Name, func(tx *store.Tx, x *connection) error {
		return tx.Erase(connectionKind, x.account+"/"+x.region+"/"+x.name)
	})
	if err != nil {
		return nil, err
	}
	s.tokens.drop(x.arn())
	return &eventbridge.DeleteConnectionOutput{
		ConnectionArn: new(x.arn()), ConnectionState: types.ConnectionStateDeleting, CreationTime: &x.Created, LastModifiedTime: &x.Modified, LastAuthorizedTime: x.authorized(),
	}, nil
}

// ListConnections lists the connections of the caller's account.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListConnections.html
func (s *Service) ListConnections(ctx context.Context, c *iam.Caller, in *eventbridge.ListConnectionsInput) (*eventbridge.ListConnectionsOutput, error) {
	if err := allow(c, "ListConnections", "*", keys{}); err != nil {
		return nil, err
	}
	records, next, err := s.page(ctx, connectionKind, c.Principal.Account+"/"+c.Region+"/", value(in.NamePrefix), in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.ListConnectionsOutput{NextToken: next, Connections: []types.Connection{}}
	for _, r := range records {
		x, err := decodeConnection(r)
		if err != nil {
			return nil, err
		}
		if in.ConnectionState != "" && in.ConnectionState != x.State {
			continue
		}
		out.Connections = append(out.Connections, types.Connection{
			ConnectionArn: new(x.arn()), Name: &x.name, AuthorizationType: x.Kind, ConnectionState: x.State, StateReason: optional(x.Reason),
			CreationTime: &x.Created, LastModifiedTime: &x.Modified, LastAuthorizedTime: x.authorized(),
		})
	}
	return out, nil
}
