package digest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail/digest"
)

func example(at time.Time) *digest.Digest {
	d := &digest.Digest{
		Account: "111122223333", Start: digest.Time{Time: at}, End: digest.Time{Time: at.Add(time.Hour)}, Bucket: "audit-logs", Object: "AWSLogs/x.json.gz",
	}
	d.Add(digest.File{Bucket: "audit-logs", Object: "a", Hash: digest.Hash([]byte("a")), Algorithm: digest.HashAlgorithm, Newest: digest.Time{Time: at}, Oldest: digest.Time{Time: at}})
	return d
}

func TestSign(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := example(at)
	d.Follow(&digest.Link{Bucket: "audit-logs", Object: "before", Hash: "aa", Signature: "bb"})
	signed, err := d.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Sign(key)
	if err != nil || again.Signature != signed.Signature || string(again.Body) != string(signed.Body) {
		t.Errorf("a repeat makes another object: %v", err)
	}
	text, err := digest.Unzip(signed.Body)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := digest.Parse(text)
	if err != nil || !parsed.Check(text, signed.Signature, &key.PublicKey) {
		t.Errorf("the signature is not right: %v", err)
	}
	if parsed.Check(append([]byte(" "), text...), signed.Signature, &key.PublicKey) || parsed.Check(text, "00", &key.PublicKey) {
		t.Error("a changed digest passes")
	}
	first, err := example(at).Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = digest.Unzip(first.Body); err != nil || !strings.Contains(string(text), `"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null`) {
		t.Errorf("the first of a chain: %s, %v", text, err)
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	value, err := json.Marshal(digest.PublicKeyDER(&key.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	good := fmt.Sprintf(`{"PublicKeyList":[{"Value":%s,"Fingerprint":"f"}]}`, value)
	keys, err := digest.ParseKeys([]byte(good))
	if err != nil || !keys["f"].Equal(&key.PublicKey) {
		t.Errorf("ParseKeys: %v, %v", keys, err)
	}
	for _, bad := range []string{"", "{}", `{"PublicKeyList":[]}`, `{"PublicKeyList":[{"Value":"AAAA","Fingerprint":"f"}]}`} {
		if _, err := digest.ParseKeys([]byte(bad)); err == nil {
			t.Errorf("ParseKeys takes %s", bad)
		}
	}
}

// FuzzParse: whatever stands in a bucket, or in a file of keys, nothing panics, and what is
// read can be written again.
func FuzzParse(f *testing.F) {
	text, err := json.Marshal(example(time.Unix(1, 0)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"digestStartTime":"2026-01-01T00:00:00Z","logFiles":null}`))
	f.Add([]byte(`{"PublicKeyList":[{"Value":"AAAA","Fingerprint":"f"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if keys, err := digest.ParseKeys(b); err == nil && len(keys) == 0 {
			t.Error("no keys and no error")
		}
		if d, err := digest.Parse(b); err == nil {
			if _, err := json.Marshal(d); err != nil {
				t.Errorf("it is not written again: %v", err)
			}
		}
		if zipped, err := digest.Zip(b); err != nil {
			t.Error(err)
		} else if again, err := digest.Unzip(zipped); err != nil || string(again) != string(b) {
			t.Errorf("Zip and Unzip: %q, %v", again, err)
		}
	})
}
