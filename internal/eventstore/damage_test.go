package eventstore_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/store"
)

// TestDamage: a block that is not as it was written is an error that names the log.
func TestDamage(t *testing.T) {
	for _, kind := range []string{"event-block", "event-log"} {
		t.Run(kind, func(t *testing.T) {
			engines(t, func(t *testing.T, f *fixture) {
				f.add([]eventstore.Event{{Time: start, Ingested: start, Text: []byte("one")}}, "the log")
				f.add([]eventstore.Event{{Time: start, Ingested: start, Text: []byte("one")}}, "another")
				records, err := f.db.Scan(t.Context(), kind, store.Range{})
				if err != nil {
					t.Fatal(err)
				}
				err = f.db.Update(t.Context(), func(tx *store.Tx) error {
					for _, r := range records {
						r.Body = r.Body[:len(r.Body)-1]
						if err := tx.Upsert(r); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := f.Page(t.Context(), eventstore.Query{Logs: []string{"the log"}}, 1, any); err == nil || !strings.Contains(err.Error(), `"the log"`) {
					t.Errorf("Page: %v", err)
				}
				if _, err := f.Since(t.Context(), "the log", 1, 1); err == nil || !strings.Contains(err.Error(), `"the log"`) {
					t.Errorf("Since: %v", err)
				}
			})
		})
	}
}

// turn seals and opens by turning bits.
func turn(b []byte) ([]byte, error) {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0xAA
	}
	return out, nil
}

var errRefused = errors.New("the key is disabled")

// TestEncrypt: what a caller encrypted is read with the caller's key alone, is never merged
// with others, and leaves no words.
func TestEncrypt(t *testing.T) {
	engines(t, func(t *testing.T, f *fixture) {
		now := start
		for range 20 {
			now = now.Add(time.Second)
			events := []eventstore.Event{{Time: now, Ingested: now, Text: []byte("a secret of alice")}}
			b := batch(t, events)
			if err := b.Encrypt(turn); err != nil {
				t.Fatal(err)
			}
			f.append(b, events, "log")
		}
		for _, kind := range []string{"event-index", "event-block"} {
			records, err := f.db.Scan(t.Context(), kind, store.Range{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if bytes.Contains(r.Body, []byte("alice")) || kind == "event-index" && len(r.Body) > 60 {
					t.Errorf("%s tells of the text: %q", kind, r.Body)
				}
			}
		}
		f.jobs()
		if n := f.kinds()["event-block"]; n != 20 {
			t.Errorf("there are %d blocks after the job", n)
		}
		q := eventstore.Query{Logs: []string{"log"}, Terms: []string{"alice"}}
		if _, _, err := f.Page(t.Context(), q, 10, any); err == nil {
			t.Error("a page without a key")
		}
		if _, err := f.Since(t.Context(), "log", 1, 1); err == nil {
			t.Error("Since without a key")
		}
		q.Open = turn
		f.check(q, 3, any)
		q.Open = func([]byte) ([]byte, error) { return nil, errRefused }
		if _, _, err := f.Page(t.Context(), q, 10, any); !errors.Is(err, errRefused) {
			t.Errorf("with a key that is disabled: %v", err)
		}
	})
}
