package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzBehalf: no parameter of a query that is named like the headers is passed over, however
// it is encoded, and each header either counts as it was sent or is an error.
func FuzzBehalf(f *testing.F) {
	f.Add("X-Keystead-Principal=a", "X-Keystead-Principal", "arn:aws:iam::111122223333:root")
	f.Add("a=1&x%2Dkeystead%2Da", "X-Keystead-Source-Arn", "a b")
	f.Add("a=%zz&;X-Keystead-", "x-keystead-session-token", "")
	f.Add("", "X-Keystead", "a")
	f.Add("b=+&&=", "X-Keystead-Source-Account", "111122223333")
	f.Fuzz(func(t *testing.T, query, name, value string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.URL.RawQuery = query
		r.Header.Set(name, value)
		b, said, err := behalf(r)
		parameters, _ := url.ParseQuery(query)
		for p := range parameters {
			if strings.HasPrefix(strings.ToLower(p), "x-keystead-") && err == nil {
				t.Errorf("the query %q was passed over", query)
			}
		}
		if strings.HasPrefix(http.CanonicalHeaderKey(name), headerPrefix) != said && err == nil {
			t.Errorf("of the header %q it was said: %v", name, said)
		}
		if got := b.Principal + b.SessionToken + b.SourceARN + b.SourceAccount; said && err == nil && got != value {
			t.Errorf("the header %s: %q counts as %q", name, value, got)
		}
	})
}
