//go:build cgo

package driver_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
)

// BenchmarkToken measures AES-GCM at a SoftHSM token: through the driver process, and by the
// bare calls of PKCS#11 in this process with a session for each caller.
func BenchmarkToken(b *testing.B) {
	ctx := context.Background()
	c := hsmtest.SoftHSM(b)
	if v := os.Getenv("X"); v != "" {
		c.Env = append(c.Env, "GOMAXPROCS="+v)
	}
	m := hsmtest.Module(b, c)
	token := hsmtest.Token(b, m, "bench")
	if err := token.GenerateAES(ctx, "k", "bench"); err != nil {
		b.Fatal(err)
	}
	bare := openBare(b, c)
	aad := make([]byte, 64)
	for _, size := range []int{32, 4096} {
		plaintext := make([]byte, size)
		s, err := token.Encrypt(ctx, hsm.KeyRef{ID: "k"}, aad, plaintext)
		if err != nil {
			b.Fatal(err)
		}
		for _, callers := range []int{1, 16} {
			run := func(what string, f func(caller int) error) {
				b.Run(fmt.Sprintf("%s/%dB/%d", what, size, callers), func(b *testing.B) { spread(b, callers, f) })
			}
			run("encrypt/driver", func(int) error {
				_, err := token.Encrypt(ctx, hsm.KeyRef{ID: "k"}, aad, plaintext)
				return err
			})
			run("encrypt/bare", func(caller int) error { return bare.encrypt(caller, aad, plaintext) })
			run("decrypt/driver", func(int) error {
				_, err := token.Decrypt(ctx, hsm.KeyRef{ID: "k"}, s, aad)
				return err
			})
			run("decrypt/bare", func(caller int) error { return bare.decrypt(caller, s, aad) })
		}
	}
}

// spread does b.N operations by that many callers.
func spread(b *testing.B, callers int, f func(caller int) error) {
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for i := caller; i < b.N; i += callers {
				if err := f(caller); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

type bareToken struct {
	p        *pkcs11.Ctx
	sessions []pkcs11.SessionHandle
	key      pkcs11.ObjectHandle
}

// openBare loads SoftHSM into this process and finds the key.
func openBare(b testing.TB, c hsm.Config) *bareToken {
	b.Helper()
	for _, e := range c.Env {
		name, value, _ := strings.Cut(e, "=")
		b.Setenv(name, value)
	}
	t := &bareToken{p: pkcs11.New(c.Module)}
	must(b, t.p.Initialize())
	b.Cleanup(func() { must(b, t.p.Finalize()) })
	slots, err := t.p.GetSlotList(true)
	must(b, err)
	for range 16 {
		s, err := t.p.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
		must(b, err)
		t.sessions = append(t.sessions, s)
	}
	must(b, t.p.Login(t.sessions[0], pkcs11.CKU_USER, hsmtest.UserPIN))
	must(b, t.p.FindObjectsInit(t.sessions[0], []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_ID, "k")}))
	found, _, err := t.p.FindObjects(t.sessions[0], 1)
	must(b, err)
	must(b, t.p.FindObjectsFinal(t.sessions[0]))
	t.key = found[0]
	return t
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (t *bareToken) encrypt(caller int, aad, plaintext []byte) error {
	iv := make([]byte, 12)
	_, _ = rand.Read(iv)
	g := pkcs11.NewGCMParams(iv, aad, 128)
	defer g.Free()
	if err := t.p.EncryptInit(t.sessions[caller], []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, g)}, t.key); err != nil {
		return err
	}
	_, err := t.p.Encrypt(t.sessions[caller], plaintext)
	return err
}

func (t *bareToken) decrypt(caller int, s hsm.Sealed, aad []byte) error {
	g := pkcs11.NewGCMParams(s.IV, aad, 128)
	defer g.Free()
	if err := t.p.DecryptInit(t.sessions[caller], []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, g)}, t.key); err != nil {
		return err
	}
	_, err := t.p.Decrypt(t.sessions[caller], append(s.Ciphertext, s.Tag...))
	return err
}
