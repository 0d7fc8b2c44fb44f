package external_test

import (
	"errors"
	"testing"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/xks"
)

// FuzzAnswers has a proxy answer anything with any status: it is either what was asked for or an
// error with one of the causes that answers have, whose texts have nothing of the answer in them.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`{"plaintext":"cGxhaW50ZXh0"}`, `{"errorName":"AccessDeniedException","errorMessage":"no"}`, `{"errorName":"Kaput"}`, `{"errorName":"AccessDeniedException"`,
		`<html>`, ``, `{"plaintext":"cGxhaW50ZXh0","errorName":"InternalException"}`, `[]`, `{"errorName":1}`,
	} {
		f.Add(200, []byte(body))
		f.Add(500, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		plaintext, err := external.Understand(status, body)
		if err == nil {
			if want, parseErr := xks.ParseDecryptResponse(body); status != 200 || parseErr != nil || string(want) != string(plaintext) {
				t.Fatalf("status %d, %q is an answer", status, body)
			}
			return
		}
		e, ok := errors.AsType[*external.Error](err)
		if !ok || e.Cause != external.Malformed && !xks.ErrorName(e.Name).Known() || e.Message() != (&external.Error{Cause: e.Cause}).Message() {
			t.Fatalf("status %d, %q: %v", status, body, err)
		}
		for _, r := range e.Error() {
			if r < ' ' || r > '~' {
				t.Fatalf("status %d, %q: %q is not for a log", status, body, e.Error())
			}
		}
	})
}
