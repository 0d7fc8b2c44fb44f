// Package wycheproof has test vectors of Project Wycheproof, for tests only. Its one rule: the
// vectors are as published, with the members that no test reads left out, and each file under
// its name there, without "_test" and "_pem".
//
// They are those of github.com/c2sp/wycheproof at v0.0.0-20260902155932-3fa63dd0344a, under the
// Apache License 2.0. Keys that are PEM or JWK there are the DER of the same here. Those of Ed25519
// have no private keys any more: they are from github.com/google/wycheproof at
// v0.0.0-20191219022705-2196000605e4, which has 76 of the 78. Of the vectors of ML-KEM that come
// from FIPS 203 alone, every eighth is here, and none whose seed has not 64 bytes.
package wycheproof

import (
	"compress/gzip"
	"embed"
	"encoding/hex"
	"encoding/json"
	"testing"
)

//go:embed vectors
var vectors embed.FS

// Hex is bytes that vectors have in hexadecimal digits.
type Hex []byte

// UnmarshalText reads the digits.
func (h *Hex) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

// Group is a set of vectors with a key in common.
type Group struct {
	Public  Hex    // SubjectPublicKeyInfo
	Private Hex    // PKCS#8
	Hash    string `json:"sha"`
	TagSize int    // of a MAC, in bits
	Tests   []Vector
}

// Vector is one test. What it has depends on its file.
type Vector struct {
	ID       int
	Comment  string
	Message  Hex `json:"msg"`
	Sig      Hex
	CT       Hex // the ciphertext
	Label    Hex // of OAEP
	Key, Tag Hex // of a MAC
	Seed     Hex // of an ML-KEM key: d ‖ z
	// A key agreement: the DER of the keys, and the secret, which encapsulations have too.
	Public, Private, Shared Hex
	Result                  string // valid, invalid, acceptable
}

// Valid reports whether an implementation must take the vector.
func (v *Vector) Valid() bool { return v.Result == "valid" }

// Invalid reports whether an implementation must refuse the vector. Some are neither valid nor
// invalid.
func (v *Vector) Invalid() bool { return v.Result == "invalid" }

// Read returns the groups of a file.
func Read(t testing.TB, name string) []Group {
	t.Helper()
	f, err := vectors.Open("vectors/" + name + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ TestGroups []Group }
	if err := json.NewDecoder(z).Decode(&file); err != nil {
		t.Fatal(err)
	}
	if len(file.TestGroups) == 0 {
		t.Fatalf("%s has no vectors", name)
	}
	return file.TestGroups
}
