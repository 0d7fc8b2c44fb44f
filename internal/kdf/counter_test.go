package kdf_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/kdf"
)

// vectors were made by OpenSSL 3.0:
//
//	openssl kdf -keylen BYTES -kdfopt mode:counter -kdfopt mac:HMAC -kdfopt digest:SHA256
//	  -kdfopt hexkey:KEY -kdfopt hexsalt:LABEL -kdfopt hexinfo:CONTEXT -binary KBKDF | xxd -p
var vectors = []struct{ key, label, context, want string }{
	{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "keystead/record", "101112131415161718191a1b1c1d1e1f",
		"1be8a7841434bdcb8ed5a8e5af93f4b601c7e97c31965ad478e013554927ec8a"},
	{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "keystead/record", "101112131415161718191a1b1c1d1e1f",
		"89c85d7daf9e40f6c184728e78cdc38c"},
	{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "keystead/record", "101112131415161718191a1b1c1d1e1f",
		"d575cec0886a0b0659ed8e9ced7031f6c374b41ae53b4c88775350828e0033c0be203c4461727cbd173162049cc5049f" +
			"ebb774f2e59df73d8cf1f07e8a2b2dc220876aa50d7ad49d73f81887daab300d"},
	{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "keystead/record", "",
		"0f11942bf239b8f9154899d117cd787d5662779bf4a01e554fad8934156fed4c"},
	{strings.Repeat("ab", 100), "x", "00ff00",
		"31aac146036ef6057e7a908fd33d8f91144a664881ea3b0c5048c2d2f78da81ab94115f9e55de7460f40b3a1e9257175"},
	{"0b", "one byte key", "aa",
		"4ee56b1554b38439b87fb92f1fb56a3b110e3c81d77280ee04209f0d55e7ac6b20"},
}

func TestCounterHMACSHA256(t *testing.T) {
	for _, v := range vectors {
		key, _ := hex.DecodeString(v.key)
		context, _ := hex.DecodeString(v.context)
		if got := kdf.CounterHMACSHA256(key, v.label, context, len(v.want)*4); hex.EncodeToString(got) != v.want {
			t.Errorf("key %s, label %s, context %s:\n got  %x\n want %s", v.key, v.label, v.context, got, v.want)
		}
	}
}

// TestEachArgumentMatters also moves a byte from the label to the context, which the zero
// byte between them must tell apart.
func TestEachArgumentMatters(t *testing.T) {
	seen := map[string]string{}
	for _, a := range []struct {
		key, label, context string
		bits                int
	}{
		{"key", "label", "context", 256}, {"kex", "label", "context", 256}, {"key", "labex", "context", 256},
		{"key", "label", "contexx", 256}, {"key", "labelc", "ontext", 256}, {"key", "labe", "lcontext", 256},
		{"key", "label", "context", 264}, {"key", "label", "", 256}, {"key", "", "context", 256},
	} {
		name := fmt.Sprint(a)
		got := string(kdf.CounterHMACSHA256([]byte(a.key), a.label, []byte(a.context), a.bits)[:32])
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s give the same key", name, other)
		}
		seen[got] = name
	}
}

func TestResultIsItsOwn(t *testing.T) {
	key, context := []byte("key"), []byte("context")
	a := kdf.CounterHMACSHA256(key, "label", context, 256)
	b := kdf.CounterHMACSHA256(key, "label", context, 256)
	clear(a)
	if bytes.Equal(a, b) || string(key) != "key" || string(context) != "context" {
		t.Error("the result shares memory with another result or an argument")
	}
}

func TestImpossibleArguments(t *testing.T) {
	for _, a := range []struct {
		label string
		bits  int
	}{{"label", 0}, {"label", -8}, {"label", 255}, {"label", 1 << 32}, {"la\x00bel", 256}} {
		func() {
			defer func() {
				if p, ok := recover().(string); !ok || !strings.HasPrefix(p, "kdf: ") {
					t.Errorf("label %q, %d bits: panic %v", a.label, a.bits, p)
				}
			}()
			kdf.CounterHMACSHA256(nil, a.label, nil, a.bits)
		}()
	}
}

func BenchmarkCounterHMACSHA256(b *testing.B) {
	key, context := make([]byte, 32), make([]byte, 16)
	b.ReportAllocs()
	for b.Loop() {
		kdf.CounterHMACSHA256(key, "keystead/record", context, 256)
	}
}
