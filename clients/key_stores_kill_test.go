package clients

import (
	"bytes"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
)

// TestKeyStoresSurviveKills calls on keys of three kinds at once: in HSMs, behind a proxy, and the
// service's own. In the middle of it the HSM drivers and the proxy are killed, again and again,
// and the network between service and proxy is cut or swallows everything. Calls may fail then,
// with the error that tells of it and in time; none may return a wrong plaintext, keys of the
// service's own must not notice, and afterwards everything that was answered must open, without
// anybody's help. KEYSTEAD_TEST_KILLS has it last 10,000 calls.
func TestKeyStoresSurviveKills(t *testing.T) {
	calls := int64(900)
	if os.Getenv("KEYSTEAD_TEST_KILLS") != "" {
		calls = 10_000
	}
	k := newKeyStoreScene(t)
	w := &keyWitness{t: t, keys: k.client(), ids: k.ids, store: k.clusterStore, answered: map[string][]sealedNote{}, failed: map[string]int{}, slowest: map[string]time.Duration{}}
	var servers, proxys atomic.Int64 // drivers that were killed
	events := []struct {
		name string
		do   func()
	}{
		{"the server's HSM driver is killed", func() { servers.Add(killDrivers(k.server.cmd.Process.Pid)) }},
		{"the proxy's HSM driver is killed", func() { proxys.Add(killDrivers(k.proxy.pid())) }},
		{"the network is cut", k.relay.cut},
		{"the network swallows everything", func() {
			k.relay.swallow()
			<-time.After(400 * time.Millisecond) // longer than a call waits
			k.relay.heal()
		}},
		{"the proxy is killed", func() { k.proxy.kill(); k.proxy.start() }},
	}
	const rounds = 4
	each := calls / int64(rounds*len(events))
	var done atomic.Int64
	var crew sync.WaitGroup
	for range 8 {
		crew.Go(func() {
			for n := done.Add(1); n <= calls; n = done.Add(1) {
				if n%each == each/2 {
					e := events[n/each%int64(len(events))]
					e.do()
				}
				w.once(int(n))
			}
		})
	}
	crew.Wait()
	w.verify()
	if servers.Load() == 0 || proxys.Load() == 0 {
		t.Errorf("%d drivers of the server and %d of the proxy were killed: the test shows nothing", servers.Load(), proxys.Load())
	}
	if got := k.state(k.clusterStore) + " " + k.state(k.proxyStore); got != "CONNECTED CONNECTED" {
		t.Errorf("afterwards the key stores are %s", got)
	}
}

// killDrivers kills the HSM drivers that a program runs, and returns how many.
func killDrivers(parent int) (killed int64) {
	for _, pid := range childrenOf(parent) {
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)) // it may have ended
		if strings.HasPrefix(string(name), "keystead-hsm") {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed++
			}
		}
	}
	return killed
}

// childrenOf are the processes that any thread of a process has started.
func childrenOf(parent int) (pids []int) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	for _, file := range threads {
		text, _ := os.ReadFile(file)
		for f := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(f); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// sealedNote is an answered Encrypt.
type sealedNote struct{ plaintext, blob []byte }

// keyWitness calls, and remembers what was answered.
type keyWitness struct {
	t     *testing.T
	keys  *kms.Client
	ids   map[string]string // the key of each kind
	store string            // where keys are made

	mu       sync.Mutex
	answered map[string][]sealedNote
	made     []string
	failed   map[string]int
	slowest  map[string]time.Duration
}

// The kinds of keys.
const inHSM, behindProxy, own = "in an HSM", "behind a proxy", "of the service's own"

// mayFail are the errors that tell of trouble with what holds a key.
var mayFail = map[string][]string{
	inHSM:       {"KMSInvalidStateException", "KMSInternalException"},
	behindProxy: {"KMSInvalidStateException"},
}

var encryptedFor = map[string]string{"purpose": "kill"}

// once makes a call or two.
func (w *keyWitness) once(n int) {
	kind := []string{inHSM, behindProxy, inHSM, behindProxy, own}[n%5]
	if n%100 == 0 {
		w.create()
	}
	plaintext := make([]byte, 1+rand.IntN(4096))
	_, _ = crand.Read(plaintext) // never fails (crypto/rand)
	begin := time.Now()
	out, err := w.keys.Encrypt(w.t.Context(), &kms.EncryptInput{KeyId: aws.String(w.ids[kind]), Plaintext: plaintext, EncryptionContext: encryptedFor})
	w.note(kind, begin, err)
	if err == nil {
		w.mu.Lock()
		w.answered[kind] = append(w.answered[kind], sealedNote{plaintext, out.CiphertextBlob})
		w.mu.Unlock()
	}
	w.mu.Lock()
	known := w.answered[kind]
	w.mu.Unlock()
	if len(known) > 0 {
		begin = time.Now()
		w.note(kind, begin, w.open(known[rand.IntN(len(known))]))
	}
}

// open opens what was answered. The error is the call's; a wrong plaintext fails the test.
func (w *keyWitness) open(s sealedNote) error {
	out, err := w.keys.Decrypt(w.t.Context(), &kms.DecryptInput{CiphertextBlob: s.blob, EncryptionContext: encryptedFor})
	if err == nil && !bytes.Equal(out.Plaintext, s.plaintext) {
		w.t.Error("a ciphertext opens to another plaintext")
	}
	return err
}

// create makes a key in the HSMs. Making one may fail; one that was made must stay.
func (w *keyWitness) create() {
	out, err := w.keys.CreateKey(w.t.Context(), &kms.CreateKeyInput{Origin: kmstypes.OriginTypeAwsCloudhsm, CustomKeyStoreId: &w.store})
	if err != nil {
		if code := codeOf(err); !strings.HasPrefix(code, "CustomKeyStore") && !strings.HasPrefix(code, "CloudHsm") && code != "KMSInternalException" {
			w.t.Errorf("CreateKey: %v", err)
		}
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made = append(w.made, *out.KeyMetadata.KeyId)
}

func codeOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// note counts an answer, and fails the test if it is an error that says something else than what
// has happened.
func (w *keyWitness) note(kind string, begin time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slowest[kind] = max(w.slowest[kind], time.Since(begin))
	if err == nil {
		return
	}
	w.failed[kind]++
	if !slices.Contains(mayFail[kind], codeOf(err)) {
		w.t.Errorf("a call on a key %s: %v", kind, err)
	}
}

// verify waits until keys of all kinds can be used again, and opens everything that was answered.
func (w *keyWitness) verify() {
	for _, kind := range []string{inHSM, behindProxy, own} {
		eventually(w.t, "a key "+kind+" works again", func() bool {
			_, err := w.keys.Encrypt(w.t.Context(), &kms.EncryptInput{KeyId: aws.String(w.ids[kind]), Plaintext: []byte("x")})
			return err == nil
		})
		if len(w.answered[kind]) == 0 {
			w.t.Errorf("nothing was answered with the key %s: the test shows nothing", kind)
		}
		for _, s := range w.answered[kind] {
			if err := w.open(s); err != nil {
				w.t.Errorf("a ciphertext of a key %s was answered and does not open: %v", kind, err)
			}
		}
		w.t.Logf("key %s: %d ciphertexts, %d calls failed, the slowest took %v", kind, len(w.answered[kind]), w.failed[kind], w.slowest[kind].Round(time.Millisecond))
	}
	for _, id := range w.made {
		if _, err := w.keys.Encrypt(w.t.Context(), &kms.EncryptInput{KeyId: &id, Plaintext: []byte("x")}); err != nil {
			w.t.Errorf("key %s was made and does not work: %v", id, err)
		}
	}
	w.t.Logf("%d keys were made in the HSMs meanwhile", len(w.made))
}
