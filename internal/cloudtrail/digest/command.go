package digest

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNotVerified is returned by Command if the files are not as they were delivered.
var ErrNotVerified = errors.New("the files are not as they were delivered")

// Regions finds the Regions of whose events an account has digests in a bucket.
func Regions(ctx context.Context, t Target) ([]string, error) {
	v := verifier{Target: t}
	base := strings.TrimSuffix(v.base("CloudTrail-Digest"), "/") + "/"
	var found []string
	after := ""
	for {
		next := ""
		for key, err := range t.Store.List(ctx, t.Bucket, base, after) {
			if err != nil {
				return nil, err
			}
			next, _, _ = strings.Cut(key[len(base):], "/")
			break
		}
		if next == "" {
			return found, nil
		}
		found = append(found, next)
		after = base + next + "0" // "0" comes after "/": behind all of the Region
	}
}

// Command verifies the files of a trail for the events of some Regions, and tells a person
// what it found. of completes the target for a Region.
func Command(ctx context.Context, w io.Writer, t Target, regions []string, of func(*Target) error) error {
	var sum Report
	for _, region := range regions {
		t := t
		t.Region = region
		if err := of(&t); err != nil {
			return err
		}
		r, err := Verify(ctx, t)
		if err != nil {
			return err
		}
		for _, f := range r.Findings {
			fmt.Fprintln(w, f)
		}
		for _, g := range r.Gaps {
			fmt.Fprintf(w, "%s: %s\n", region, g)
		}
		sum.Digests, sum.Files = sum.Digests+r.Digests, sum.Files+r.Files
		sum.BadDigests, sum.BadFiles = sum.BadDigests+r.BadDigests, sum.BadFiles+r.BadFiles
		sum.Open += r.Open
		if !r.From.IsZero() {
			fmt.Fprintf(w, "%s: %s to %s\n", region, Time{r.From}, Time{r.Until})
		}
	}
	fmt.Fprintf(w, "%d/%d digests valid, %d/%d log files valid", sum.Digests, sum.Digests+sum.BadDigests, sum.Files, sum.Files+sum.BadFiles)
	if sum.Open > 0 {
		fmt.Fprintf(w, "; %d log files are newer than the last digest", sum.Open)
	}
	fmt.Fprintln(w)
	switch {
	case sum.BadDigests+sum.BadFiles > 0:
		return ErrNotVerified
	case sum.Digests == 0:
		fmt.Fprintln(w, "there are no digests of this time: nothing is proven")
		return ErrNotVerified
	}
	return nil
}

// ParseKeys reads public keys in the form in which ListPublicKeys answers them: that of
// "aws cloudtrail list-public-keys".
func ParseKeys(b []byte) (map[string]*rsa.PublicKey, error) {
	var answer struct {
		PublicKeyList []struct {
			Value       []byte
			Fingerprint string
		}
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return nil, fmt.Errorf("parse public keys: %w", err)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range answer.PublicKeyList {
		key, err := x509.ParsePKCS1PublicKey(k.Value)
		if err != nil {
			return nil, fmt.Errorf("parse public key %.64q: %w", k.Fingerprint, err)
		}
		if key.N.BitLen() < 2048 || key.N.BitLen() > 8192 {
			return nil, fmt.Errorf("public key %.64q has %d bits", k.Fingerprint, key.N.BitLen())
		}
		keys[k.Fingerprint] = key
	}
	if len(keys) == 0 {
		return nil, errors.New("parse public keys: there is none")
	}
	return keys, nil
}
