//go:build cgo

// Command barehsm measures AES-GCM at a PKCS#11 token and nothing else: the least that Encrypt
// with a key in an HSM can cost. Each thread has a session of its own and calls C_EncryptInit and
// C_Encrypt in a loop, with the key that it made for itself.
package main

import (
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/miekg/pkcs11"
)

// figures are what is measured, as package main of the benchmark reads it.
type figures struct {
	PerSecond float64       `json:"perSecond"`
	P50       time.Duration `json:"p50"`
	P99       time.Duration `json:"p99"`
}

func main() {
	module := flag.String("module", "", "the PKCS#11 library")
	label := flag.String("token", "", "the token's label")
	pin := flag.String("pin", "", "of its user")
	threads := flag.Int("threads", 1, "sessions at once")
	size := flag.Int("size", 32, "of the plaintext in bytes")
	duration := flag.Duration("duration", time.Second, "of the measurement")
	flag.Parse()
	f, err := measure(*module, *label, *pin, *threads, *size, *duration)
	if err != nil {
		fmt.Fprintln(os.Stderr, "barehsm:", err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(f)
}

func measure(module, label, pin string, threads, size int, duration time.Duration) (figures, error) {
	p := pkcs11.New(module)
	if p == nil {
		return figures{}, fmt.Errorf("%s can't be loaded", module)
	}
	defer p.Destroy()
	if err := p.Initialize(); err != nil {
		return figures{}, err
	}
	defer func() { _ = p.Finalize() }()
	slot, err := find(p, label)
	if err != nil {
		return figures{}, err
	}
	sessions := make([]pkcs11.SessionHandle, threads)
	for i := range sessions {
		if sessions[i], err = p.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION); err != nil {
			return figures{}, err
		}
	}
	if err := p.Login(sessions[0], pkcs11.CKU_USER, pin); err != nil {
		return figures{}, err
	}
	key, err := p.GenerateKey(sessions[0], []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_KEY_GEN, nil)}, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, 32), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, false), pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, true),
	})
	if err != nil {
		return figures{}, err
	}
	times := make([][]time.Duration, threads)
	errs := make([]error, threads)
	var all sync.WaitGroup
	begin := time.Now()
	for i, s := range sessions {
		all.Go(func() {
			plaintext, aad, iv := make([]byte, size), make([]byte, 64), make([]byte, 12)
			for last := begin; last.Sub(begin) < duration; {
				_, _ = rand.Read(iv) // never fails (crypto/rand)
				if errs[i] = encrypt(p, s, key, iv, aad, plaintext); errs[i] != nil {
					return
				}
				now := time.Now()
				times[i] = append(times[i], now.Sub(last))
				last = now
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begin)
	for _, err := range errs {
		if err != nil {
			return figures{}, err
		}
	}
	sorted := slices.Concat(times...)
	slices.Sort(sorted)
	n := len(sorted)
	return figures{PerSecond: float64(n) / elapsed.Seconds(), P50: sorted[n/2], P99: sorted[n*99/100]}, nil
}

func encrypt(p *pkcs11.Ctx, s pkcs11.SessionHandle, key pkcs11.ObjectHandle, iv, aad, plaintext []byte) error {
	g := pkcs11.NewGCMParams(iv, aad, 128)
	defer g.Free()
	if err := p.EncryptInit(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, g)}, key); err != nil {
		return err
	}
	_, err := p.Encrypt(s, plaintext)
	return err
}

// find returns the slot with the token of that label.
func find(p *pkcs11.Ctx, label string) (uint, error) {
	slots, err := p.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, slot := range slots {
		if info, err := p.GetTokenInfo(slot); err == nil && info.Label == label {
			return slot, nil
		}
	}
	return 0, fmt.Errorf("there is no token %q", label)
}
