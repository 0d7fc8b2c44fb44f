package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/secret"
)

func TestNeverPrints(t *testing.T) {
	type holder struct {
		Name string
		key  secret.Bytes
	}
	s := secret.FromString("hunter2")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", holder{"n", s})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "holder", holder{"n", s})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		fmt.Fprintf(&log, verb, s)
		fmt.Fprintf(&log, verb, holder{"n", s})
		fmt.Fprintf(&log, verb, &holder{"n", s})
		fmt.Fprintf(&log, verb, []secret.Bytes{s})
	}
	for _, leak := range []string{"hunter2", "68756e74657232", "104 117 110"} {
		if strings.Contains(log.String(), leak) {
			t.Errorf("printed %q in %s", leak, log.String())
		}
	}
	if b, err := json.Marshal(s); err == nil {
		t.Errorf("marshaled to %s", b)
	}
}

func TestEqualAndWipe(t *testing.T) {
	a, b := secret.FromString("abc"), secret.FromString("abc")
	if !a.Equal(b) || a.Equal(secret.FromString("abd")) || a.Equal(secret.Bytes{}) {
		t.Error("Equal is wrong")
	}
	a.Wipe()
	if a.Equal(b) || a.Len() != 3 {
		t.Error("Wipe left the bytes")
	}
}
