package wire_test

import (
	"bytes"
	"testing"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// FuzzRequest reads what the driver reads. What is a frame with a request has no other form.
func FuzzRequest(f *testing.F) {
	for _, r := range []*wire.Request{fullRequest(), {Op: wire.OpTokens}, {Op: wire.OpRandom, N: 32}} {
		b, _ := wire.AppendFrame(nil, r.Append)
		f.Add(b)
		f.Add(append(b, b...))
		f.Add(b[:len(b)-1])
	}
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := wire.NewReader(bytes.NewReader(b))
		for {
			message, err := in.Next()
			if err != nil {
				return
			}
			var r wire.Request
			if r.Parse(message) != nil {
				continue
			}
			if again := r.Append(nil); !bytes.Equal(again, message) {
				t.Fatalf("%x was read and written as %x", message, again)
			}
		}
	})
}

// FuzzResponse reads what a driver that was taken over by its module may answer.
func FuzzResponse(f *testing.F) {
	for _, r := range []*wire.Response{fullResponse(), {Status: wire.OK}, {ID: 1, Status: wire.NotOpened}} {
		b, _ := wire.AppendFrame(nil, r.Append)
		f.Add(b)
		f.Add(append(b, b...))
		f.Add(b[:len(b)-1])
	}
	f.Add([]byte("a library prints this"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := wire.NewReader(bytes.NewReader(b))
		for {
			message, err := in.Next()
			if err != nil {
				return
			}
			var r wire.Response
			if r.Parse(message) != nil {
				continue
			}
			if again := r.Append(nil); !bytes.Equal(again, message) {
				t.Fatalf("%x was read and written as %x", message, again)
			}
		}
	})
}
