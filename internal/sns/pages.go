package sns

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Pages are where the links in mails lead to. To look at a page changes nothing: mail scanners
// do so too. Its button sends a form, which becomes a call of the API that nobody has signed, so
// that it is rationed, checked and recorded like any other; api answers it. A program that
// handles List-Unsubscribe sends the form by itself (RFC 8058).
func (s *Service) Pages(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /confirmation.html", s.askConfirm)
	mux.HandleFunc("POST /confirmation.html", func(w http.ResponseWriter, r *http.Request) { s.doConfirm(w, r, api) })
	mux.HandleFunc("GET /unsubscribe.html", s.askUnsubscribe)
	mux.HandleFunc("POST /unsubscribe.html", func(w http.ResponseWriter, r *http.Request) { s.doUnsubscribe(w, r, api) })
	return mux
}

// ServeCertificate answers with the certificate of a key that signs messages.
func (s *Service) ServeCertificate(w http.ResponseWriter, r *http.Request) {
	b, err := s.Certificate(r.Context(), strings.TrimPrefix(r.URL.Path, "/"))
	switch {
	case err != nil:
		s.Log.ErrorContext(r.Context(), "certificate for messages", "error", err)
		http.Error(w, "the certificate can't be read", http.StatusInternalServerError)
	case b == nil:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "application/x-pem-file")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(b)
	}
}

// page is what a page says.
type page struct {
	Title, Text string
	Name, Value string // of what it is about
	More        []string
	Button      string // "" for none
	Link, Label string // "" for none
}

const style = `body{font-family:sans-serif;max-width:40em;margin:4em auto;padding:0 1em;line-height:1.5}code{overflow-wrap:anywhere}button{font-size:1.1em;padding:.4em 1.2em}`

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>{{.Title}}</title><style>` + style + `</style></head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
{{if .Value}}<p>{{.Name}}<br><code>{{.Value}}</code></p>
{{end}}{{range .More}}<p>{{.}}</p>
{{end}}{{if .Button}}<form method="post"><button type="submit">{{.Button}}</button></form>
{{end}}{{if .Link}}<p><a href="{{.Link}}">{{.Label}}</a></p>
{{end}}</body>
</html>
`))

var securityPolicy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}()

func (p page) write(w http.ResponseWriter, status int) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(w, "the page can't be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", securityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client is gone, or has it
}

var invalidLink = page{Title: "This link is not valid", Text: "It may have been used, replaced by a newer one, or expired. Ask for a new one where you subscribed."}

var noneSuch = page{Title: "There is no such subscription", Text: "It has ended already, or the link is not complete."}

func (s *Service) askConfirm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	u, err := s.ofToken(r.Context(), q.Get("TopicArn"), q.Get("Token"))
	if err != nil {
		s.broken(w, r, err)
		return
	}
	switch {
	case u == nil:
		invalidLink.write(w, http.StatusNotFound)
	case u.State == confirmed:
		s.welcome(u.arn(), u.Endpoint).write(w, http.StatusOK)
	default:
		page{
			Title: "Confirm the subscription", Text: "Messages of this topic will be sent to " + u.shown() + ":", Name: "Topic", Value: u.Topic,
			More: []string{"If this was in error, close this page; no action is necessary."}, Button: "Confirm subscription",
		}.write(w, http.StatusOK)
	}
}

// ofToken finds the subscription that a token confirms or has confirmed, or nil.
func (s *Service) ofToken(ctx context.Context, topicARN, token string) (*subscription, error) {
	n, err := parseTopic("TopicArn", topicARN)
	id, ok := idOfToken(token)
	if err != nil || !ok {
		return nil, nil
	}
	t, err := findTopic(s.read(ctx), n)
	if err != nil || t == nil {
		return nil, err
	}
	u, err := getSubscription(s.read(ctx), t.ID, id)
	if err != nil || u == nil || !u.accepts(token, s.now()) && !(u.State == confirmed && u.knows(token)) {
		return nil, err
	}
	return u, nil
}

func (s *Service) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "page of a link", "error", err)
	page{Title: "Something went wrong", Text: "The page can't be shown at the moment. Try again later."}.write(w, http.StatusInternalServerError)
}

func (s *Service) welcome(arn, endpoint string) page {
	return page{
		Title: "Subscription confirmed!", Text: "You have successfully subscribed.", Name: "Your subscription's id is:", Value: arn,
		Link:  "/unsubscribe.html?SubscriptionArn=" + url.QueryEscape(arn) + "&Endpoint=" + url.QueryEscape(endpoint),
		Label: "If it was not your intention to subscribe, click here to unsubscribe.",
	}
}

func (s *Service) doConfirm(w http.ResponseWriter, r *http.Request, api http.Handler) {
	q := r.URL.Query()
	answer := call(r, api, url.Values{"Action": {"ConfirmSubscription"}, "TopicArn": {q.Get("TopicArn")}, "Token": {q.Get("Token")}})
	if answer.status != http.StatusOK {
		answer.page("The subscription was not confirmed").write(w, answer.status)
		return
	}
	u, err := s.ofToken(r.Context(), q.Get("TopicArn"), q.Get("Token"))
	if err != nil || u == nil {
		s.welcome(answer.ARN, "").write(w, http.StatusOK)
		return
	}
	s.welcome(u.arn(), u.Endpoint).write(w, http.StatusOK)
}

func (s *Service) askUnsubscribe(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	arn := q.Get("SubscriptionArn")
	t, u, err := findSubscription(s.read(r.Context()), arn)
	if _, _, malformed := splitSubscription(arn); err != nil && malformed == nil {
		s.broken(w, r, err)
		return
	}
	if err != nil || u == nil || u.State != confirmed {
		noneSuch.write(w, http.StatusNotFound)
		return
	}
	whom := "the endpoint"
	if q.Get("Endpoint") == u.Endpoint { // only who knows it is shown it
		whom = u.shown()
	}
	page{
		Title: "End the subscription", Text: "Messages of this topic will no longer be sent to " + whom + ":", Name: "Topic", Value: t.name.arn(), Button: "Unsubscribe",
	}.write(w, http.StatusOK)
}

func (s *Service) doUnsubscribe(w http.ResponseWriter, r *http.Request, api http.Handler) {
	arn := r.URL.Query().Get("SubscriptionArn")
	answer := call(r, api, url.Values{"Action": {"Unsubscribe"}, "SubscriptionArn": {arn}})
	switch answer.status {
	case http.StatusOK:
	case http.StatusNotFound:
		noneSuch.write(w, http.StatusNotFound)
		return
	default:
		answer.page("The subscription was not ended").write(w, answer.status)
		return
	}
	page{
		Title: "Subscription removed!", Text: "You have successfully unsubscribed.", Name: "Your subscription's id is:", Value: arn,
		More: []string{"A last message was sent to you. If it was not your intention to unsubscribe, its link takes that back."},
	}.write(w, http.StatusOK)
}

// answered is what the API answered.
type answered struct {
	status  int
	ARN     string `xml:"ConfirmSubscriptionResult>SubscriptionArn"`
	Message string `xml:"Error>Message"`
}

func (a answered) page(title string) page {
	text := a.Message
	if text == "" || a.status >= http.StatusInternalServerError {
		text = "Try again later."
	}
	return page{Title: title, Text: text}
}

// call calls the API for whoever has sent a form.
func call(r *http.Request, api http.Handler, form url.Values) answered {
	form.Set("Version", "2010-03-31")
	body := form.Encode()
	inner := &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/"}, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {r.UserAgent()}},
		Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Host: r.Host, RemoteAddr: r.RemoteAddr, RequestURI: "/", TLS: r.TLS,
	}
	var to recorder
	api.ServeHTTP(&to, inner.WithContext(r.Context()))
	a := answered{status: to.status}
	_ = xml.Unmarshal(to.body.Bytes(), &a) // what has none says nothing
	a.status = to.status
	return a
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}
