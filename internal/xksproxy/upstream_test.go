package xksproxy

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

// TestRefresh: only a refusal of the KMS that wraps takes a data key out of use before its time. One
// that is busy or away does not, and is told apart from a refusal to those who have no data key yet.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  string
		keeps bool
		want  xks.ErrorName // without a data key; "" stays an error from inside
	}{
		{"ThrottlingException", true, xks.ThrottlingException},
		{"LimitExceededException", true, xks.ThrottlingException},
		{"KMSInternalException", true, ""},
		{"DisabledException", false, xks.InvalidStateException},
		{"AccessDeniedException", false, xks.InvalidStateException},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"__type":%q,"message":"no"}`, c.code)
			}))
			defer srv.Close()
			file := filepath.Join(t.TempDir(), "credentials")
			write(t, file, "[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
			b, err := newKMSBackend(t.Context(), "main", KMS{Endpoint: srv.URL, Region: "us-east-1", CredentialsFile: file, Key: "k", Refresh: time.Hour}, nil)
			if err != nil {
				t.Fatal(err)
			}
			k := &external{prefix: prefix, id: "foo", kept: &kept{secret: secret.FromString("wrapped")}}
			u := &unwrapped{
				wrapped: k.material(), material: secret.FromString("material"), until: time.Now().Add(time.Hour), flight: make(chan struct{}),
			}
			b.keys[k.record()] = u
			b.fly(u, k.record())
			if m, err := b.dataKey(t.Context(), k); (err == nil) != c.keeps || c.keeps && !m.Equal(secret.FromString("material")) {
				t.Errorf("after a refresh: %v", err)
			}
			b.keys[k.record()] = &unwrapped{wrapped: k.material()}
			_, err = b.dataKey(t.Context(), k)
			if e, ok := errors.AsType[*xks.Error](err); err == nil || ok != (c.want != "") || ok && e.Name != c.want {
				t.Errorf("without a data key: %v, want %s", err, c.want)
			}
		})
	}
}
