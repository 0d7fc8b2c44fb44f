package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// request is what a rule says about a request to an API destination, its paths into the event
// already followed.
type request struct {
	Path   []string          `json:"path,omitempty"`
	Header map[string]string `json:"header,omitempty"`
	Query  map[string]string `json:"query,omitempty"`
}

// checkDestination checks a target that is an API destination.
func (s *Service) checkDestination(ctx context.Context, c *iam.Caller, t *target) error {
	if t.Role == "" {
		return invalid("RoleArn is required for target %s.", t.ARN)
	}
	e, err := s.endpoint(ctx, t.ARN)
	if errors.Is(err, store.ErrNotFound) || err == nil && (e.account != c.Principal.Account || e.region != c.Region) {
		return notFound("ApiDestination %s does not exist.", t.ARN)
	}
	if err != nil {
		return err
	}
	if t.HTTP == nil {
		t.HTTP = new(types.HttpParameters)
	}
	if n := strings.Count(e.URL, "*"); len(t.HTTP.PathParameterValues) != n {
		return invalid("Parameter PathParameterValues of target %s is not valid. Reason: the endpoint has %d path parameters.", t.ID, n)
	}
	for name := range t.HTTP.HeaderParameters {
		if !headerAllowed(name) {
			return invalid("Parameter HeaderParameters of target %s is not valid. Reason: %s is not a header that a rule may set.", t.ID, name)
		}
	}
	return nil
}

// forbidden are the headers that belong to the connection or to the service.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
var forbidden = []string{
	"A-Im", "Accept-Charset", "Accept-Datetime", "Accept-Encoding", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Md5",
	"Date", "Expect", "Forwarded", "From", "Host", "Http2-Settings", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
	"If-Unmodified-Since", "Keep-Alive", "Max-Forwards", "Origin", "Pragma", "Proxy-Authorization", "Proxy-Connection", "Range", "Referer", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "User-Agent", "Via", "Warning",
}

func headerAllowed(name string) bool {
	name = http.CanonicalHeaderKey(name)
	return name != "" && !slices.Contains(forbidden, name) && !strings.HasPrefix(name, "X-Amz") && !strings.HasPrefix(name, "X-Forwarded-") &&
		!strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == ':' })
}

// request follows the paths that the target's parameters name.
func (t *target) request(m *matched) *request {
	r := new(request)
	if t.HTTP == nil {
		return r
	}
	follow := func(v string) string {
		p, ok := parsePath(v)
		if !ok {
			return v
		}
		found, ok := p.find(m.text)
		if !ok {
			return ""
		}
		return plainText(found)
	}
	for _, v := range t.HTTP.PathParameterValues {
		r.Path = append(r.Path, follow(v))
	}
	all := func(in map[string]string) map[string]string {
		out := map[string]string{}
		for k, v := range in {
			out[k] = follow(v)
		}
		return out
	}
	r.Header, r.Query = all(t.HTTP.HeaderParameters), all(t.HTTP.QueryStringParameters)
	return r
}

// plainText is a value of JSON as text: a string without its quotes.
func plainText(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// call is a request that is ready to be sent.
type call struct {
	url    string
	header http.Header
	body   []byte
}

// call puts a request together. Where the connection and the rule name the same parameter the
// connection's counts.
func (e *endpoint) call(x *connection, r *request, body []byte) (*call, error) {
	text := e.URL
	for _, v := range r.Path {
		text = strings.Replace(text, "*", url.PathEscape(v), 1)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	k := &call{header: http.Header{}, body: body}
	for name, v := range r.Query {
		q.Set(name, v)
	}
	k.header.Set("Content-Type", "application/json; charset=utf-8")
	for name, v := range r.Header {
		k.header.Set(name, oneLine(v))
	}
	k.header.Set("User-Agent", "Amazon/EventBridge/ApiDestinations")
	k.header.Set("Range", "bytes=0-1048575")
	if x.Auth != nil {
		k.add(x.Auth.InvocationHttpParameters, q)
	}
	u.RawQuery = q.Encode()
	k.url = u.String()
	if e.Method == types.ApiDestinationHttpMethodGet || e.Method == types.ApiDestinationHttpMethodHead {
		k.body = nil
	}
	return k, nil
}

// add adds a connection's parameters.
func (k *call) add(p *types.ConnectionHttpParameters, q url.Values) {
	if p == nil {
		return
	}
	for _, h := range p.HeaderParameters {
		k.header.Set(value(h.Key), oneLine(value(h.Value)))
	}
	for _, s := range p.QueryStringParameters {
		q.Set(value(s.Key), value(s.Value))
	}
	if len(p.BodyParameters) == 0 {
		return
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(k.body, &o) != nil || o == nil {
		return
	}
	for _, b := range p.BodyParameters {
		o[value(b.Key)] = encode(value(b.Value))
	}
	k.body = encode(o)
}

// oneLine is a value of a header: what an event says must not add another.
func oneLine(v string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7F {
			return ' '
		}
		return r
	}, v)
}
