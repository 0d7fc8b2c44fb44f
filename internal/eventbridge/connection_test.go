package eventbridge_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/keysteadtest"
)

// TestOAuth calls an endpoint with a token of an authorization endpoint; a wrong secret shows in
// the connection's state, and no secret is ever shown.
func TestOAuth(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	srv := keysteadtest.Start(t, keysteadtest.WithWebhooks(s.Certificate()))
	c, ctx := client(srv), t.Context()
	create := func(name, secret string) *eventbridge.CreateConnectionOutput {
		t.Helper()
		return must[*eventbridge.CreateConnectionOutput](t)(c.CreateConnection(ctx, &eventbridge.CreateConnectionInput{
			Name: &name, AuthorizationType: types.ConnectionAuthorizationTypeOauthClientCredentials,
			AuthParameters: &types.CreateConnectionAuthRequestParameters{OAuthParameters: &types.CreateConnectionOAuthRequestParameters{
				AuthorizationEndpoint: aws.String(s.URL + "/token"), HttpMethod: types.ConnectionOAuthHttpMethodPost,
				ClientParameters: &types.CreateConnectionOAuthClientRequestParameters{ClientID: aws.String("me"), ClientSecret: &secret},
			}},
		}))
	}
	state := func(name string, want types.ConnectionState) {
		t.Helper()
		for range 30 {
			srv.Advance(time.Second)
			d := must[*eventbridge.DescribeConnectionOutput](t)(c.DescribeConnection(ctx, &eventbridge.DescribeConnectionInput{Name: &name}))
			if b, err := json.Marshal(d.AuthParameters); err != nil || strings.Contains(string(b), "hush") || strings.Contains(string(b), "wrong") {
				t.Fatalf("%v: %s", err, b)
			}
			if d.ConnectionState == want {
				return
			}
			if d.ConnectionState != types.ConnectionStateAuthorizing {
				t.Fatalf("state %s, %s", d.ConnectionState, aws.ToString(d.StateReason))
			}
		}
		t.Fatalf("%s is not %s", name, want)
	}
	good, bad := create("good", "hush"), create("bad", "wrong")
	if good.ConnectionState != types.ConnectionStateAuthorizing {
		t.Errorf("state %s", good.ConnectionState)
	}
	state("good", types.ConnectionStateAuthorized)
	state("bad", types.ConnectionStateDeauthorized)
	d := must[*eventbridge.CreateApiDestinationOutput](t)(c.CreateApiDestination(ctx, &eventbridge.CreateApiDestinationInput{
		Name: aws.String("d"), ConnectionArn: good.ConnectionArn, HttpMethod: types.ApiDestinationHttpMethodPut, InvocationEndpoint: aws.String(s.URL + "/in"),
	}))
	inactive := must[*eventbridge.CreateApiDestinationOutput](t)(c.CreateApiDestination(ctx, &eventbridge.CreateApiDestinationInput{
		Name: aws.String("i"), ConnectionArn: bad.ConnectionArn, HttpMethod: types.ApiDestinationHttpMethodPut, InvocationEndpoint: aws.String(s.URL + "/in"),
	}))
	if d.ApiDestinationState != types.ApiDestinationStateActive || inactive.ApiDestinationState != types.ApiDestinationStateInactive {
		t.Errorf("states %s and %s", d.ApiDestinationState, inactive.ApiDestinationState)
	}

	// A rule of another bus, which does not see what the default one gets.
	must[*eventbridge.CreateEventBusOutput](t)(c.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("mine")}))
	putRule(t, c, &eventbridge.PutRuleInput{Name: aws.String("r"), EventBusName: aws.String("mine"), EventPattern: aws.String(`{"source":["s"]}`)},
		types.Target{Id: aws.String("1"), Arn: d.ApiDestinationArn, RoleArn: aws.String(role), InputPath: aws.String("$.detail")})
	elsewhere, here := entry("s", "t", `{"n":1}`), entry("s", "t", `{"n":2}`)
	here.EventBusName = aws.String("mine")
	must[*eventbridge.PutEventsOutput](t)(c.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{elsewhere, here}}))
	r := s.wait(t, 1)[0]
	if r.method != "PUT" || r.body != `{"n":2}` || r.header.Get("Authorization") != "Bearer tok-1" {
		t.Errorf("got %+v", r)
	}

	// Another account can't name the bus, nor sees the connection.
	other := eventbridge.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
	_, err := other.DescribeConnection(ctx, &eventbridge.DescribeConnectionInput{Name: aws.String("good")})
	fails(t, err, "ResourceNotFoundException", "does not exist")
	_, err = other.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("x"), EventPattern: aws.String(`{"source":["s"]}`), EventBusName: aws.String("arn:aws:events:" + srv.Region + ":" + srv.Account + ":event-bus/mine")})
	fails(t, err, "ResourceNotFoundException", "does not exist")

	must[*eventbridge.DeauthorizeConnectionOutput](t)(c.DeauthorizeConnection(ctx, &eventbridge.DeauthorizeConnectionInput{Name: aws.String("good")}))
	must[*eventbridge.DeleteConnectionOutput](t)(c.DeleteConnection(ctx, &eventbridge.DeleteConnectionInput{Name: aws.String("good")}))
	list := must[*eventbridge.ListConnectionsOutput](t)(c.ListConnections(ctx, &eventbridge.ListConnectionsInput{}))
	if len(list.Connections) != 1 || *list.Connections[0].Name != "bad" {
		t.Errorf("left are %+v", list.Connections)
	}
}

// TestSlowAuthorization has an authorization endpoint that answers only when another one was
// asked: connections don't wait for each other. A round that begins between the making of the
// two has the first alone, which is not what is looked for; then it is done again.
func TestSlowAuthorization(t *testing.T) {
	t.Parallel()
	const tries = 5
	var asked [tries]chan struct{}
	for i := range asked {
		asked[i] = make(chan struct{}, 1)
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, try, _ := strings.Cut(r.URL.Path[1:], "-")
		n, err := strconv.Atoi(try)
		if err != nil {
			t.Error(err)
			return
		}
		if name == "quick" {
			asked[n] <- struct{}{}
		} else {
			select {
			case <-asked[n]:
			case <-r.Context().Done(): // the service has waited long enough
			}
		}
		io.WriteString(w, `{"access_token":"tok"}`)
	}))
	t.Cleanup(s.Close)
	srv := keysteadtest.Start(t, keysteadtest.WithWebhooks(s.Certificate()))
	c, ctx := client(srv), t.Context()
	var reason string
	for n := range tries {
		slow, quick := fmt.Sprintf("slow-%d", n), fmt.Sprintf("quick-%d", n)
		for _, name := range []string{slow, quick} {
			must[*eventbridge.CreateConnectionOutput](t)(c.CreateConnection(ctx, &eventbridge.CreateConnectionInput{
				Name: &name, AuthorizationType: types.ConnectionAuthorizationTypeOauthClientCredentials,
				AuthParameters: &types.CreateConnectionAuthRequestParameters{OAuthParameters: &types.CreateConnectionOAuthRequestParameters{
					AuthorizationEndpoint: aws.String(s.URL + "/" + name), HttpMethod: types.ConnectionOAuthHttpMethodPost,
					ClientParameters: &types.CreateConnectionOAuthClientRequestParameters{ClientID: aws.String("me"), ClientSecret: aws.String("hush")},
				}},
			}))
		}
		srv.Advance(time.Second)
		d := must[*eventbridge.DescribeConnectionOutput](t)(c.DescribeConnection(ctx, &eventbridge.DescribeConnectionInput{Name: &slow}))
		if d.ConnectionState == types.ConnectionStateAuthorized {
			return
		}
		reason = aws.ToString(d.StateReason)
	}
	t.Errorf("the slow connection is never authorized: %s", reason)
}
