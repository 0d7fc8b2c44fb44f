// Package signin is how people get into the web console: with an access key, with the password of
// an IAM user, or through an OpenID Connect provider that the operator has configured. All ways
// end in the same, the credentials of a console session (iam.ConsoleSession), which the page keeps
// in memory and renews.
//
// The one rule: nothing here decides who somebody is or what they may do. Signatures are verified
// by the Authenticator of the API, passwords by package iam, tokens and roles by package sts.
// And no answer but a good one tells whether an account or a user exists.
//
// Begin reading with Service.ServeHTTP.
package signin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/admin"
	"github.com/keystead/keystead/internal/sts"
)

// Authenticator names the caller of a signed request.
type Authenticator interface {
	Authenticate(r *http.Request, body []byte, service string) (*iam.Caller, error)
}

// Recorder keeps the records of sign-ins.
type Recorder interface {
	Ready() error
	Record(*cloudtrail.Event) error
}

// Options are what a Service works with. All are required but Providers, Regions and Observe.
type Options struct {
	IAM       *iam.Service
	Admin     *admin.Service
	STS       *sts.Service
	Auth      Authenticator
	Recorder  Recorder
	Clock     *clock.Clock
	Log       *slog.Logger
	Version   string
	TestClock bool          // somebody may move the clock, so that pages have to ask what time it is
	Region    string        // where sign-ins are recorded, and the console begins
	Regions   []string      // that the server answers for; none means all
	Session   time.Duration // how long after a sign-in its session can be renewed
	Providers []Provider

	// Observe is called with each attempt to sign in: the method is "access-key", "password" or
	// "oidc", the outcome "success" or the code of the error.
	Observe func(method, outcome string)
}

// Service answers the requests below /signin/. It may be used by several goroutines at once.
type Service struct {
	Options
	mux       *http.ServeMux
	providers map[string]*provider
	throttled bucket // records of attempts that were one too many
	exchanges bucket // requests to providers
}

// New returns a Service.
func New(o Options) *Service {
	if o.Observe == nil {
		o.Observe = func(string, string) {}
	}
	s := &Service{
		Options: o, mux: http.NewServeMux(), providers: map[string]*provider{},
		throttled: bucket{burst: 20, every: 3 * time.Second}, exchanges: bucket{burst: 30, every: time.Second},
	}
	for _, p := range o.Providers {
		s.providers[p.Name] = newProvider(p)
	}
	s.mux.HandleFunc("/signin/", func(w http.ResponseWriter, _ *http.Request) { write(w, nil, notFound) })
	s.mux.HandleFunc("GET /signin/settings", s.get(s.settings))
	s.mux.HandleFunc("GET /signin/oidc/{name}", s.get(s.describeProvider))
	s.mux.HandleFunc("POST /signin/session", s.post("access-key", s.byAccessKey))
	s.mux.HandleFunc("POST /signin/renew", s.post("", s.renew))
	s.mux.HandleFunc("POST /signin/password", s.post("password", s.byPassword))
	s.mux.HandleFunc("POST /signin/oidc/{name}", s.post("oidc", s.byProvider))
	return s
}

// ServeHTTP answers one request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// get answers a question of the page before anybody has signed in.
func (s *Service) get(f func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := f(r)
		write(w, out, s.refusal(r.Context(), err))
	}
}

// post answers an attempt to sign in, and counts it. Renewals have no method, and do not count.
func (s *Service) post(method string, f func(r *http.Request, body []byte) (*Answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := read(w, r)
		if err == nil {
			err = s.Recorder.Ready()
		}
		var out *Answer
		if err == nil {
			out, err = f(r, body)
		}
		refused := s.refusal(r.Context(), err)
		outcome := "success"
		if refused != nil {
			outcome = refused.Code
		}
		if method != "" {
			s.Observe(method, outcome)
		}
		write(w, out, refused)
	}
}

// refusal is an error as the page gets it. What is nobody's business is logged.
func (s *Service) refusal(ctx context.Context, err error) *refusal {
	if err == nil {
		return nil
	}
	if r := refusalOf(err); r != nil {
		return r
	}
	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		level = slog.LevelInfo
	}
	s.Log.Log(context.WithoutCancel(ctx), level, "sign-in failed", "error", err)
	return &refusal{Status: http.StatusInternalServerError, Code: "InternalFailure", Message: "The request could not be completed because of an internal error."}
}

// settings is what the page must know before it shows the sign-in form.
func (s *Service) settings(*http.Request) (any, error) {
	out := &settings{Version: s.Version, DefaultRegion: s.Region, Regions: s.Regions, Passwords: iam.Passwords(), Providers: []namedProvider{}}
	if s.TestClock {
		out.ClockOffset = new(int64(s.Clock.Offset() / time.Second))
	}
	if len(out.Regions) == 0 {
		out.Regions = awsRegions
	}
	for _, p := range s.Options.Providers {
		out.Providers = append(out.Providers, namedProvider{p.Name, p.Label})
	}
	return out, nil
}

type settings struct {
	Version       string          `json:"version"`
	DefaultRegion string          `json:"defaultRegion"`
	Regions       []string        `json:"regions"`
	Passwords     bool            `json:"passwords"`
	Providers     []namedProvider `json:"providers"`
	ClockOffset   *int64          `json:"clockOffsetSeconds,omitempty"` // of a test clock
}

type namedProvider struct {
	Name  string `json:"name"`
	Label string `json:"label"`
}

// awsRegions are the Regions that the console offers where the server answers for all.
//
// Source: https://docs.aws.amazon.com/general/latest/gr/kms.html
var awsRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2",
	"ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
	"ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
	"eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
}
