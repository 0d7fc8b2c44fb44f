package logs

import (
	"bytes"
	"testing"
)

// FuzzTokens sees that no token makes a parser panic, and that what one takes is what it
// writes.
func FuzzTokens(f *testing.F) {
	for _, text := range []string{
		eventPlace{true, 1700000000000, 7}.String(), eventPlace{}.String(), *writeToken(place{5, "a"}), *writeToken(filterToken{After: "a", Position: "x"}),
		"f/1/2/s", "e30=", "bnVsbA==", "eyJuIjoiXHUwMDAwIn0=", "arn:aws:logs:us-east-1:000000000000:log-group:a/b:*", "arn:aws:logs:::log-group:",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parseEventPlace(text); err == nil && p.String() != text {
			t.Errorf("%q is written %q", text, p)
		}
		if p, err := readToken[place](&text); err == nil && *writeToken(p) != text {
			t.Errorf("%q is written %q", text, *writeToken(p))
		}
		if p, err := readToken[filterToken](&text); err == nil && *writeToken(p) != text {
			t.Errorf("%q is written %q", text, *writeToken(p))
		}
		if account, region, name, ok := parseGroupARN(text); ok {
			if a, r, n, ok := parseGroupARN(groupARN(account, region, name)); !ok || a != account || r != region || n != name {
				t.Errorf("%q names %q %q %q", text, account, region, name)
			}
		}
	})
}

// FuzzSealed sees that nothing but what was sealed is opened.
func FuzzSealed(f *testing.F) {
	aead, err := newAEAD(make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	k := &dataKey{blob: []byte("blob"), aead: aead}
	sealed, err := k.seal([]byte("text"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, 0, byte(0))
	f.Add(sealed, 4, byte(1))
	f.Add([]byte{1, 255, 255}, 0, byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at int, flip byte) {
		b = bytes.Clone(b)
		changed := at >= 0 && at < len(b) && flip != 0
		if changed {
			b[at] ^= flip
		}
		header, _, nonce, text, err := split(b)
		if err != nil {
			return
		}
		if plain, err := aead.Open(nil, nonce, text, header); err == nil && (changed || string(plain) != "text") {
			t.Errorf("%x is opened as %q", b, plain)
		}
	})
}
