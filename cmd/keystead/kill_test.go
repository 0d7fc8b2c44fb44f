package main_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/keystead/keystead/internal/store/storetest"
)

// TestKill kills the server with SIGKILL again and again while clients create keys, tag
// them and encrypt. Afterwards every write that was answered must be there, every
// ciphertext that was answered must open, every answered call must be in the journal, and
// the journal must verify. KEYSTEAD_TEST_KILLS says how often; 200 is the full length.
func TestKill(t *testing.T) {
	kills := 15
	if text := os.Getenv("KEYSTEAD_TEST_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(t.TempDir(), "keystead")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		v := &victim{t: t, bin: bin, dir: t.TempDir(), database: fresh(t), addr: freeAddr(t)}
		w := &witness{tags: map[string]string{}, blobs: map[string][]byte{}}
		for range kills {
			v.start()
			done := w.work(t.Context(), v.client())
			// How long a life lasts is up to chance: that is the point of the test.
			<-time.After(20*time.Millisecond + rand.N(400*time.Millisecond))
			v.kill()
			<-done
		}
		v.start()
		w.verify(t, v)
	})
}

// victim is a server that is killed.
type victim struct {
	t        *testing.T
	bin      string
	dir      string
	database string
	addr     string
	cmd      *exec.Cmd
	log      bytes.Buffer
}

const killKeyID, killSecret = "AKIAKILLTEST00000000", "kill-test-secret-access-key"

func freeAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (v *victim) start() {
	v.t.Helper()
	v.log.Reset()
	v.cmd = exec.Command(v.bin, "serve", "--data-dir", v.dir, "--database", v.database, "--listen", v.addr)
	v.cmd.Env = append(os.Environ(), "KEYSTEAD_ROOT_ACCESS_KEY_ID="+killKeyID, "KEYSTEAD_ROOT_SECRET_ACCESS_KEY="+killSecret)
	v.cmd.Stderr = &v.log
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	cmd := v.cmd
	v.t.Cleanup(func() { _ = cmd.Process.Kill() }) // it may be dead already
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		res, err := http.Get("http://" + v.addr + "/readyz")
		if err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return
		}
	}
	v.kill()
	v.t.Fatalf("the server did not become ready:\n%s", v.log.String())
}

func (v *victim) kill() {
	v.t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Fatalf("the server died by itself: %v\n%s", err, v.log.String())
	}
	_ = v.cmd.Wait() // "signal: killed"
}

func (v *victim) client() *kms.Client {
	return kms.New(kms.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://" + v.addr), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(killKeyID, killSecret, ""),
	})
}

// witness remembers what was answered.
type witness struct {
	mu       sync.Mutex
	keys     []string          // of answered CreateKey calls
	tags     map[string]string // key id → value of the tag, of answered TagResource calls
	blobs    map[string][]byte // key id → ciphertext, of answered Encrypt calls
	requests []string          // request ids of all answered calls
}

// note remembers an answered call.
func (w *witness) note(m middleware.Metadata, f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id, _ := awsmiddleware.GetRequestIDMetadata(m)
	w.requests = append(w.requests, id)
	f()
}

// work calls the server from several goroutines until it dies.
func (w *witness) work(ctx context.Context, c *kms.Client) <-chan struct{} {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for w.once(ctx, c) == nil {
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	return done
}

func (w *witness) once(ctx context.Context, c *kms.Client) error {
	created, err := c.CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		return err
	}
	id := *created.KeyMetadata.KeyId
	w.note(created.ResultMetadata, func() { w.keys = append(w.keys, id) })
	value := fmt.Sprint(rand.Uint64())
	tagged, err := c.TagResource(ctx, &kms.TagResourceInput{KeyId: &id, Tags: []types.Tag{{TagKey: aws.String("kill"), TagValue: &value}}})
	if err != nil {
		return err
	}
	w.note(tagged.ResultMetadata, func() { w.tags[id] = value })
	encrypted, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: &id, Plaintext: []byte(value), EncryptionContext: map[string]string{"key": id}})
	if err != nil {
		return err
	}
	w.note(encrypted.ResultMetadata, func() { w.blobs[id] = encrypted.CiphertextBlob })
	return nil
}

// verify asks the server, and then its journal, for everything that was answered.
func (w *witness) verify(t *testing.T, v *victim) {
	c := v.client()
	for _, id := range w.keys {
		out, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &id})
		if err != nil || out.KeyMetadata.KeyState != types.KeyStateEnabled {
			t.Errorf("key %s was answered and is gone (%v)", id, err)
		}
	}
	for id, want := range w.tags {
		out, err := c.ListResourceTags(t.Context(), &kms.ListResourceTagsInput{KeyId: &id})
		if err != nil || len(out.Tags) != 1 || *out.Tags[0].TagValue != want {
			t.Errorf("the tag of key %s was answered and is gone (%v)", id, err)
		}
	}
	for id, blob := range w.blobs {
		out, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"key": id}})
		if err != nil || string(out.Plaintext) != w.tags[id] {
			t.Errorf("a ciphertext of key %s was answered and does not open: %v", id, err)
		}
	}
	v.kill()
	if out, err := exec.Command(v.bin, "journal", "verify", "--data-dir", v.dir).CombinedOutput(); err != nil {
		t.Errorf("journal verify: %v\n%s", err, out)
	}
	recorded := recordedRequests(t, v)
	for _, id := range w.requests {
		if !recorded[id] {
			t.Errorf("call %s was answered and is not in the journal", id)
		}
	}
	t.Logf("%d keys, %d tags, %d ciphertexts, %d answered calls", len(w.keys), len(w.tags), len(w.blobs), len(w.requests))
	if len(w.blobs) == 0 {
		t.Error("nothing was answered: the test shows nothing")
	}
}

// recordedRequests reads the request ids of the journal.
func recordedRequests(t *testing.T, v *victim) map[string]bool {
	t.Helper()
	out, err := exec.Command(v.bin, "journal", "show", "--json", "--data-dir", v.dir).Output()
	if err != nil {
		t.Fatalf("journal show: %v", err)
	}
	recorded := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		_, rest, _ := strings.Cut(lines.Text(), `"requestID":"`)
		id, _, _ := strings.Cut(rest, `"`)
		recorded[id] = true
	}
	return recorded
}
