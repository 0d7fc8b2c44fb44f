package eventbridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/webhook"
)

// sendHTTP calls an API destination.
func (s *Service) sendHTTP(ctx context.Context, it delivery.Item) error {
	p, err := open(it)
	if err != nil {
		return err
	}
	e, err := s.endpoint(ctx, p.ARN)
	if errors.Is(err, store.ErrNotFound) {
		return delivery.Permanent(errors.New("the API destination does not exist any more"))
	}
	if err != nil {
		return err
	}
	x, err := e.connection(committed{ctx, s.db})
	if err != nil {
		return err
	}
	if x == nil {
		return delivery.Permanent(errors.New("the connection of the API destination does not exist any more"))
	}
	r := p.HTTP
	if r == nil {
		r = new(request)
	}
	for _, body := range p.Entries {
		if err := s.call(ctx, e, x, r, []byte(body)); err != nil {
			return err
		}
	}
	return nil
}

// again are the statuses after which a request is tried again; so is any from 500 on.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
var again = []int{http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusConflict, http.StatusTooManyRequests}

func (s *Service) call(ctx context.Context, e *endpoint, x *connection, r *request, body []byte) error {
	k, err := e.call(x, r, body)
	if err != nil {
		return delivery.Permanent(webhook.ErrURL)
	}
	if err := s.authorize(ctx, x, k.header); err != nil {
		return err
	}
	answer, err := s.webhooks.Send(ctx, string(e.Method), k.url, k.header, k.body, 0)
	switch {
	case errors.Is(err, webhook.ErrURL):
		return delivery.Permanent(err)
	case err != nil:
		return err
	case answer.Status < 300:
		return nil
	}
	err = fmt.Errorf("the endpoint answered with status %d", answer.Status)
	if answer.Status == http.StatusUnauthorized || answer.Status == http.StatusProxyAuthRequired {
		s.tokens.drop(x.arn())
	}
	if answer.Status < 500 && !slices.Contains(again, answer.Status) {
		return delivery.Permanent(err)
	}
	return err
}

// authorize adds what the connection authorizes with.
func (s *Service) authorize(ctx context.Context, x *connection, h http.Header) error {
	if x.Auth == nil {
		return errors.New("the connection is not authorized")
	}
	switch x.Kind {
	case types.ConnectionAuthorizationTypeApiKey:
		k := x.Auth.ApiKeyAuthParameters
		h.Set(value(k.ApiKeyName), value(k.ApiKeyValue))
	case types.ConnectionAuthorizationTypeBasic:
		b := x.Auth.BasicAuthParameters
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(value(b.Username), value(b.Password))
		h.Set("Authorization", r.Header.Get("Authorization"))
	case types.ConnectionAuthorizationTypeOauthClientCredentials:
		token, err := s.token(ctx, x)
		if err != nil {
			return err
		}
		h.Set("Authorization", "Bearer "+token)
	}
	return nil
}
