package wire_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keystead/keystead/internal/hsm/wire"
)

func fullRequest() *wire.Request {
	return &wire.Request{
		ID: math.MaxUint64, Op: wire.OpDecrypt, Wait: 1500 * time.Millisecond,
		Token: wire.Selector{Label: "label", Serial: "0123", Slot: new(uint(math.MaxUint))},
		Key:   wire.KeyRef{ID: "id\x00\xff", Label: "arn:aws:kms:eu-west-1:111122223333:key/x"},
		User:  wire.CryptoUser, Again: true, N: 300,
		PIN: []byte("user:password"), NewPIN: []byte("new"), IV: []byte("123456789012"),
		AAD: []byte{0}, Data: bytes.Repeat([]byte("x"), 40), Tag: make([]byte, 16),
	}
}

func fullResponse() *wire.Response {
	key := wire.Key{
		ID: []byte{1}, Label: "l", Bits: 256, AES: true, Encrypt: true, Verify: true, Derive: true,
		Sensitive: true, NeverExtractable: true, Private: true,
	}
	return &wire.Response{
		ID: 7, Status: wire.Failed, More: true, Waited: time.Second, Function: "C_Login", Code: 0xA0, Text: "text",
		IV: []byte("iv"), Data: []byte("data"), Tag: []byte("tag"),
		Tokens: []wire.TokenInfo{{Slot: 3, Label: "l", Serial: "s", Manufacturer: "m", Model: "o", Firmware: "1.2", Initialized: true, LoginRequired: true, MaxSessions: 9}, {}},
		Keys:   []wire.Key{key, {}},
	}
}

func TestMessages(t *testing.T) {
	for name, in := range map[string]*wire.Request{"full": fullRequest(), "small": {Op: wire.OpTokens}} {
		var out wire.Request
		if err := out.Parse(in.Append(nil)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(in, &out, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s request (-in +out):\n%s", name, diff)
		}
	}
	for name, in := range map[string]*wire.Response{"full": fullResponse(), "small": {Status: wire.OK}} {
		var out wire.Response
		if err := out.Parse(in.Append(nil)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(in, &out, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s response (-in +out):\n%s", name, diff)
		}
	}
}

// TestMalformed cuts messages short at each byte, and adds one.
func TestMalformed(t *testing.T) {
	request, response := fullRequest().Append(nil), fullResponse().Append(nil)
	for n := range request {
		if err := new(wire.Request).Parse(request[:n]); !errors.Is(err, wire.ErrFrame) {
			t.Fatalf("a request of %d bytes of %d: %v", n, len(request), err)
		}
	}
	for n := range response {
		if err := new(wire.Response).Parse(response[:n]); !errors.Is(err, wire.ErrFrame) {
			t.Fatalf("a response of %d bytes of %d: %v", n, len(response), err)
		}
	}
	for name, err := range map[string]error{
		"a longer request":   new(wire.Request).Parse(append(request, 0)),
		"a longer response":  new(wire.Response).Parse(append(response, 0)),
		"no operation":       new(wire.Request).Parse((&wire.Request{}).Append(nil)),
		"an unknown one":     new(wire.Request).Parse((&wire.Request{Op: 200}).Append(nil)),
		"an unknown user":    new(wire.Request).Parse((&wire.Request{Op: wire.OpLogin, User: 9}).Append(nil)),
		"no status":          new(wire.Response).Parse((&wire.Response{}).Append(nil)),
		"an unknown status":  new(wire.Response).Parse((&wire.Response{Status: 200}).Append(nil)),
		"many bits":          new(wire.Response).Parse((&wire.Response{Status: wire.OK, Keys: []wire.Key{{Bits: math.MaxInt64}}}).Append(nil)),
		"billions of tokens": new(wire.Response).Parse(append((&wire.Response{Status: wire.OK}).Append(nil)[:10], 0xff, 0xff, 0xff, 0xff, 0x0f, 0)),
	} {
		if !errors.Is(err, wire.ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFrames(t *testing.T) {
	var frames []byte
	want := [][]byte{[]byte("one"), {}, bytes.Repeat([]byte("x"), wire.MaxFrame)}
	for _, m := range want {
		var err error
		if frames, err = wire.AppendFrame(frames, func(b []byte) []byte { return append(b, m...) }); err != nil {
			t.Fatal(err)
		}
	}
	for name, in := range map[string]io.Reader{"at once": bytes.NewReader(frames), "byte by byte": iotest.OneByteReader(bytes.NewReader(frames))} {
		r := wire.NewReader(in)
		for i, m := range want {
			if got, err := r.Next(); err != nil || !bytes.Equal(got, m) {
				t.Errorf("%s, frame %d: %d bytes, %v", name, i, len(got), err)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%s, the end: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"nothing":            {"", io.EOF},
		"half a length":      {"\x00\x00", io.ErrUnexpectedEOF},
		"half a message":     {"\x00\x00\x00\x05abc", io.ErrUnexpectedEOF},
		"no message":         {"\x00\x00\x00\x05", io.ErrUnexpectedEOF},
		"a message too long": {"\x00\x01\x00\x01" + strings.Repeat("x", 70000), wire.ErrFrame},
		"text":               {"a library prints this", wire.ErrFrame},
	} {
		if _, err := wire.NewReader(strings.NewReader(c.in)).Next(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	b, err := wire.AppendFrame([]byte("before"), func(b []byte) []byte { return append(b, make([]byte, wire.MaxFrame+1)...) })
	if !errors.Is(err, wire.ErrFrame) || string(b) != "before" {
		t.Errorf("a message too long to send: %d bytes, %v", len(b), err)
	}
}

// TestSender has many senders while the other side reads slowly.
func TestSender(t *testing.T) {
	in, out := io.Pipe()
	s := wire.NewSender(out)
	done := make(chan struct{})
	ran := make(chan error, 1)
	go func() { ran <- s.Run(done) }()
	var wg sync.WaitGroup
	const senders, each = 8, 100
	for i := range senders {
		wg.Go(func() {
			for j := range each {
				r := &wire.Response{ID: uint64(i*each + j), Status: wire.OK, Data: make([]byte, 100)}
				if err := s.Send(r.Append); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := map[uint64]bool{}
	r := wire.NewReader(in)
	for range senders * each {
		message, err := r.Next()
		var response wire.Response
		if err := errors.Join(err, response.Parse(message)); err != nil {
			t.Fatal(err)
		}
		seen[response.ID] = true
	}
	wg.Wait()
	if len(seen) != senders*each {
		t.Errorf("%d responses of %d came", len(seen), senders*each)
	}
	if err := s.Send(func(b []byte) []byte { return append(b, make([]byte, wire.MaxFrame+1)...) }); !errors.Is(err, wire.ErrFrame) {
		t.Errorf("a message too long: %v", err)
	}
	close(done)
	if err := <-ran; err != nil {
		t.Errorf("the end: %v", err)
	}

	in.Close()
	s = wire.NewSender(out)
	_ = s.Send((&wire.Response{Status: wire.OK}).Append)
	if err := s.Run(nil); err == nil {
		t.Error("the other side is gone, and nobody noticed")
	}
	if err := s.Send((&wire.Response{Status: wire.OK}).Append); err == nil {
		t.Error("sent to nobody")
	}
}

func TestCodeName(t *testing.T) {
	for code, want := range map[uint]string{
		0: "CKR_OK", 0xA0: "CKR_PIN_INCORRECT", 0xA4: "CKR_PIN_LOCKED", 0x104: "CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
		0x42: "CKR_AEAD_DECRYPT_FAILED", 0x999: "CKR_0x999", 0x80000001: "CKR_VENDOR_DEFINED+0x1",
	} {
		if got := wire.CodeName(code); got != want {
			t.Errorf("0x%X: %s, want %s", code, got, want)
		}
	}
}
