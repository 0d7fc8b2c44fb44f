package kmsmodel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keypair"
	"github.com/keystead/keystead/internal/keystore/software"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/kms/kmstest"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// world is the service and the model, side by side, and the source of all that happens to them.
// The same seed makes the same things happen.
type world struct {
	*rand.Rand
	t       testing.TB
	seed    uint64
	db      *store.DB
	sealer  *seal.Sealer
	clock   *clock.Clock
	journal journal
	s       *kms.Service
	m       *model
	behind  behind // custom key stores

	caller string // the account that calls
	step   int
	event  *cloudtrail.Event // of the last call
	gone   []target          // keys that were deleted
	at     *key              // the key that the last steps were about
	loot   loot              // what the keys made
	tokens []*token          // for imports
	ids    map[string]string // of imported materials, by the key id and the material
	done   tally
	found  error // the first difference
}

// tally counts the calls by operation, the state of the key and how they ended.
type tally map[string]int

func newWorld(t testing.TB, url string, seed uint64) *world {
	sealer := storetest.Sealer(t)
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := &world{
		Rand: rand.New(rand.NewPCG(seed, 0)), t: t, seed: seed, sealer: sealer, clock: clock.At(start), m: newModel(start), done: tally{}, caller: account, ids: map[string]string{},
		db: storetest.Open(t, store.Options{URL: url, Sealer: sealer}),
	}
	w.behind = w.behindStores()
	w.start()
	w.makeStores()
	return w
}

// start makes a service that knows only what is in the database.
func (w *world) start() {
	w.s = kms.New(kms.Options{
		Clusters: w.behind.hsms, External: w.behind.client, DB: w.db, Principals: kmstest.Everybody{}, Clock: w.clock, Software: software.New(w.db, 1<<20), Journal: &w.journal,
		Log: slog.New(slog.DiscardHandler), Sealer: w.sealer, Pairs: keypair.New(slog.New(slog.DiscardHandler)), CacheBytes: 1 << 20,
	})
}

// run does steps until there is a difference, which it returns.
func (w *world) run(steps int) error {
	total := 0
	for _, o := range operations {
		total += o.weight
	}
	for w.step = 1; w.step <= steps && w.found == nil; w.step++ {
		n := w.IntN(total)
		for _, o := range operations {
			if n -= o.weight; n < 0 {
				o.do(w)
				break
			}
		}
	}
	return w.found
}

// call makes a call and compares how it ends with what the model expects. If that is success,
// and it is, it returns the answer, and nil otherwise. k is the key that it is about, if there
// is one.
func call[In, Out any](w *world, region string, f func(context.Context, *iam.Caller, *In) (*Out, error), in *In, k *key, want *failure) *Out {
	op := strings.TrimSuffix(reflect.TypeFor[In]().Name(), "Input")
	w.event = &cloudtrail.Event{ID: cloudtrail.NewID(), Name: op, Time: w.clock.Now(), RequestID: cloudtrail.NewID()}
	before, _ := json.Marshal(in) // now, as the service completes inputs
	before = blobs.ReplaceAll(before, []byte(`$1…"`))
	out, err := f(w.t.Context(), &iam.Caller{
		Principal: iam.Principal{Type: iam.TypeRoot, ARN: rootARN(w.caller), Account: w.caller},
		Region:    region, Event: w.event,
	}, in)
	w.count(op, k, want)
	if k != nil {
		w.at = k
		k.note("step %d, %s: %s in %s %s: %v", w.step, w.m.now.Format(time.RFC3339), op, region, before, want)
	}
	if !agrees(want, err) {
		w.differ(k, "%s in %s %s\n  want %v\n   got %v", op, region, before, want, err)
		return nil
	}
	if err != nil {
		return nil
	}
	return out
}

// blobs are what nobody wants to read in a history.
var blobs = regexp.MustCompile(`("[A-Za-z0-9+/]{24})[A-Za-z0-9+/]{40,}=*"`)

func (w *world) count(op string, k *key, want *failure) {
	state, end := "", "ok"
	if k != nil {
		state = string(k.now())
	}
	if want != nil {
		end = want.code
	}
	w.done[op+" "+state+" "+end]++
}

// agrees reports whether a call ended as expected.
func agrees(want *failure, err error) bool {
	if want == nil || err == nil {
		return want == nil && err == nil
	}
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != want.code {
		return false
	}
	return want.text == unsaid || api.ErrorMessage() == want.text || want.text == keyMaterialID.ReplaceAllString(api.ErrorMessage(), "${1}"+anyID+"$3")
}

// note adds to the history of a key. The last entries are enough.
func (k *key) note(format string, args ...any) {
	if len(k.history) == 40 {
		k.history = slices.Clone(k.history[20:])
	}
	k.history = append(k.history, fmt.Sprintf(format, args...))
}

// differ notes a difference. Only the first one counts: from there on the model is wrong.
func (w *world) differ(k *key, format string, args ...any) {
	if w.found != nil {
		return
	}
	history := ""
	if k != nil {
		history = fmt.Sprintf("\nKey %s is %s; what happened to it:\n  %s", k.arn(), k.state, strings.Join(k.history, "\n  "))
	}
	w.found = fmt.Errorf("seed %d, step %d, %s: "+format+"%s", append(append([]any{w.seed, w.step, w.m.now.Format(time.RFC3339)}, args...), history)...)
}

// same compares part of an answer.
func (w *world) same(k *key, what string, want, got any) {
	if reflect.DeepEqual(want, got) {
		return
	}
	if diff := cmp.Diff(want, got, noSerde, cmpopts.EquateEmpty()); diff != "" {
		w.differ(k, "%s (-want +got):\n%s", what, diff)
	}
}

// noSerde leaves out the members that the SDK uses itself.
var noSerde = cmp.FilterPath(func(p cmp.Path) bool {
	f, ok := p.Last().(cmp.StructField)
	return ok && (f.Name() == "noSmithyDocumentSerde" || f.Name() == "ResultMetadata")
}, cmp.Ignore())
