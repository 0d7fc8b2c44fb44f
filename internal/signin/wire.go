package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sigv4"
)

// maxBody bounds a request: an authorization code may be long, and passwords are not.
const maxBody = 16 << 10

// refusal is an error as the page gets it.
type refusal struct {
	Status  int           `json:"-"`
	Code    string        `json:"__type"`
	Message string        `json:"message"`
	After   time.Duration `json:"-"` // when to try again; 0 says nothing
}

func (r *refusal) Error() string { return r.Code + ": " + r.Message }

func refuse(status int, code, message string) *refusal {
	return &refusal{Status: status, Code: code, Message: message}
}

func badRequest(message string) *refusal {
	return refuse(http.StatusBadRequest, "ValidationException", message)
}

var notFound = refuse(http.StatusNotFound, "UnknownOperationException", "There is no such operation of the sign-in.")

// read reads the body of a request that a page of this origin has sent. Such a request needs
// neither cookies nor forms: one that other pages could send is none.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The Content-Type must be application/json.")
	}
	if !sameOrigin(r) {
		return nil, refuse(http.StatusForbidden, "AccessDenied", "The request comes from a page of another origin.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", fmt.Sprintf("The request is larger than %d bytes.", maxBody))
	}
	if err != nil {
		return nil, badRequest("The request could not be read.")
	}
	return body, nil
}

// sameOrigin says whether a request comes from a page of this server, or from no page. The scheme
// is not compared: something before the server may have taken TLS off.
func sameOrigin(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return false
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	return err == nil && len(origins) == 1 && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// decode reads a JSON object, which must have no members but those of v.
func decode(body []byte, v any) error {
	if !utf8.Valid(body) || !strings.HasPrefix(strings.TrimLeft(string(body), " \t\r\n"), "{") {
		return badRequest("The body is not a JSON object.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		text := "The body is not a JSON object of this operation."
		if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown && len(name) < 100 {
			text = "The body has an unknown member " + name + "."
		}
		return badRequest(text)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badRequest("There is something behind the JSON object of the body.")
	}
	return nil
}

// write answers a request.
func write(w http.ResponseWriter, out any, refused *refusal) {
	status := http.StatusOK
	if refused != nil {
		status, out = refused.Status, refused
		if refused.After > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refused.After.Seconds()))))
		}
	}
	body, err := json.Marshal(out)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"__type":"InternalFailure","message":""}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the page is gone, or has it
}

// statuses are those of errors of IAM and STS that are not 400.
var statuses = map[string]int{
	"AccessDenied": http.StatusForbidden, "EntityTemporarilyUnmodifiable": http.StatusConflict, "NoSuchEntity": http.StatusNotFound,
	"IDPCommunicationError": http.StatusBadGateway,
}

// refusalOf words an error for the page; nil if it is nobody's business.
func refusalOf(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if e, ok := errors.AsType[*sigv4.Error](err); ok {
		return refuse(e.Status(true), e.Code(true), e.Text(true))
	}
	if e, ok := errors.AsType[*iam.ThrottledError](err); ok {
		r := tooMany("Too many attempts to sign in. Try again later.")
		r.After = e.After
		return r
	}
	switch {
	case errors.Is(err, iam.ErrBusy):
		return tooMany("Too many people sign in at this moment. Try again.")
	case errors.Is(err, iam.ErrWrongPassword):
		return wrong
	case errors.Is(err, iam.ErrNoPasswords):
		return refuse(http.StatusBadRequest, "UnsupportedOperationException", "Passwords are not available in FIPS mode. Sign in with an access key.")
	}
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return nil
	}
	code := e.ErrorCode()
	switch code {
	case "AccessDeniedException":
		code = "AccessDenied"
	case "Throttling":
		return tooMany(e.ErrorMessage())
	}
	status := statuses[code]
	if status == 0 {
		status = http.StatusBadRequest
	}
	return refuse(status, code, e.ErrorMessage())
}

// wrong is the one answer to all names and passwords that do not go together.
var wrong = refuse(http.StatusUnauthorized, "AuthenticationFailed", "Your authentication information is incorrect. Please try again.")

func tooMany(text string) *refusal {
	r := refuse(http.StatusTooManyRequests, "ThrottlingException", text)
	r.After = time.Second
	return r
}
