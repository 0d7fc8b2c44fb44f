package xks

import "net/http"

// ErrorName is an errorName that a proxy answers.
type ErrorName string

// All names of the specification.
const (
	ValidationException           ErrorName = "ValidationException"
	InvalidStateException         ErrorName = "InvalidStateException"
	InvalidCiphertextException    ErrorName = "InvalidCiphertextException"
	InvalidKeyUsageException      ErrorName = "InvalidKeyUsageException"
	AuthenticationFailedException ErrorName = "AuthenticationFailedException"
	AccessDeniedException         ErrorName = "AccessDeniedException"
	KeyNotFoundException          ErrorName = "KeyNotFoundException"
	InvalidURIPathException       ErrorName = "InvalidUriPathException"
	ThrottlingException           ErrorName = "ThrottlingException"
	InternalException             ErrorName = "InternalException"
	UnsupportedOperationException ErrorName = "UnsupportedOperationException"
	DependencyTimeoutException    ErrorName = "DependencyTimeoutException"
)

// statuses are the HTTP statuses of errors. KMS goes by the name alone.
var statuses = map[ErrorName]int{
	ValidationException:           http.StatusBadRequest,
	InvalidStateException:         http.StatusBadRequest,
	InvalidCiphertextException:    http.StatusBadRequest,
	InvalidKeyUsageException:      http.StatusBadRequest,
	AuthenticationFailedException: http.StatusUnauthorized,
	AccessDeniedException:         http.StatusForbidden,
	KeyNotFoundException:          http.StatusNotFound,
	InvalidURIPathException:       http.StatusNotFound,
	ThrottlingException:           http.StatusTooManyRequests,
	InternalException:             http.StatusInternalServerError,
	UnsupportedOperationException: http.StatusNotImplemented,
	DependencyTimeoutException:    http.StatusServiceUnavailable,
}

// Known reports whether the specification has the name.
func (n ErrorName) Known() bool { return statuses[n] != 0 }

// Status is the HTTP status that goes with the name, or 500 for an unknown one.
func (n ErrorName) Status() int {
	if s := statuses[n]; s != 0 {
		return s
	}
	return http.StatusInternalServerError
}

// Retryable reports whether metrics count the error as one that passes by itself.
//
// Source: "Monitor external key stores" in the KMS developer guide.
func (n ErrorName) Retryable() bool {
	return n == InternalException || n == DependencyTimeoutException || n == ThrottlingException
}

// MaxErrorMessage is the length of the longest errorMessage.
const MaxErrorMessage = 511

// Error is an error that a proxy answers. It is also what the parsers of requests return: then it
// is the answer to give.
type Error struct {
	Name    ErrorName
	Message string // errorMessage, for the log: KMS never shows it to callers
}

func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Name)
	}
	return string(e.Name) + ": " + e.Message
}

// Append appends the body of the answer. Of the message it takes what the specification allows.
func (e *Error) Append(b []byte) []byte {
	b = append(b, `{"errorName":`...)
	b = appendString(b, string(e.Name))
	if e.Message != "" {
		b = append(b, `,"errorMessage":`...)
		b = appendString(b, Printable(e.Message, MaxErrorMessage))
	}
	return append(b, '}')
}

// Printable returns at most n bytes of s, with "?" in place of all that is not printable ASCII.
func Printable(s string, n int) string {
	b := []byte(s[:min(len(s), n)])
	for i, c := range b {
		if c < 0x20 || c > 0x7e {
			b[i] = '?'
		}
	}
	return string(b)
}

// ParseError reads the body of an answer that is an error. A name that the specification does not
// have is returned as it is. errorMessage is cut and cleaned, never refused: it decides nothing.
func ParseError(b []byte) (*Error, error) {
	var e Error
	err := members(b, func(name string, v value) (err error) {
		switch name {
		case "errorName":
			var s string
			s, err = v.text()
			e.Name = ErrorName(s)
		case "errorMessage":
			if s, err := v.text(); err == nil {
				e.Message = Printable(s, MaxErrorMessage)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if e.Name == "" {
		return nil, missing("errorName")
	}
	return &e, nil
}
