package digest

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/bucket"
)

// Target is what Verify looks at: the files of one trail for an account's events in one
// Region.
type Target struct {
	Store   bucket.Store
	Bucket  string
	Prefix  string // of keys, without the slash at its end
	Account string // whose events they are
	Org     string // the organization, if the trail is one of an organization
	Region  string // of the events
	Trail   string // the trail's name
	Home    string // its home Region

	From, Until time.Time                 // digests that end between them
	Keys        map[string]*rsa.PublicKey // by fingerprint
	Last        *Link                     // the newest digest, if it is known: a bucket alone does not tell that the end is missing
}

// Finding is something that is not as it was delivered.
type Finding struct {
	Bucket, Key string
	Digest      bool // it is a digest, else a log file
	Text        string
}

// String is the finding in one line.
func (f Finding) String() string {
	kind := "log file"
	if f.Digest {
		kind = "digest"
	}
	return fmt.Sprintf("%s s3://%s/%s: %s", kind, f.Bucket, f.Key, f.Text)
}

// Report is what Verify found.
type Report struct {
	Digests, Files       int // that are right
	BadDigests, BadFiles int
	Findings             []Finding
	Open                 int       // log files after the last digest, which no digest lists yet
	Gaps                 []string  // times for which there are no digests because the trail did not log
	From, Until          time.Time // what the digests that are right are about
}

// OK reports whether nothing is wrong, and there was something to look at.
func (r *Report) OK() bool { return len(r.Findings) == 0 && r.Digests > 0 }

type verifier struct {
	Target
	report  Report
	digests map[string]*loaded // by key; all of the trail in the range, and those that they lead to
	listed  map[string]bool    // the log files that digests list, of all trails
	end     time.Time          // of the newest digest
}

// loaded is a digest as it was read.
type loaded struct {
	*Digest
	key       string
	text      []byte
	signature string
	wrong     string // why it does not count
}

// Verify checks the digests of a range: their signatures, their chain, and every log file that
// they list; and it looks for log files that no digest lists. The error says that something
// could not be read.
func Verify(ctx context.Context, t Target) (*Report, error) {
	v := &verifier{Target: t, digests: map[string]*loaded{}, listed: map[string]bool{}}
	keys, err := v.list(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.chain(ctx, keys); err != nil {
		return nil, err
	}
	if err := v.files(ctx); err != nil {
		return nil, err
	}
	if err := v.others(ctx); err != nil {
		return nil, err
	}
	return &v.report, v.added(ctx)
}

// base is where files of a kind are.
func (v *verifier) base(kind string) string {
	return path.Join(v.Prefix, "AWSLogs", v.Org, v.Account, kind, v.Region) + "/"
}

// stamp is the time in the name of a digest.
func stamp(key string) (time.Time, bool) {
	name, ok := strings.CutSuffix(path.Base(key), ".json.gz")
	if len(name) < 16 {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102T150405Z", name[len(name)-16:])
	return t, ok && err == nil
}

// list finds the digests of the trail in the range, in the order of time.
func (v *verifier) list(ctx context.Context) ([]string, error) {
	own := v.Account + "_CloudTrail-Digest_" + v.Region + "_" + v.Trail + "_" + v.Home + "_"
	var keys []string
	for key, err := range v.Store.List(ctx, v.Bucket, v.base("CloudTrail-Digest"), "") {
		if err != nil {
			return nil, err
		}
		if t, ok := stamp(key); ok && path.Base(key) == own+t.Format("20060102T150405Z")+".json.gz" && !t.Before(v.From) && !t.After(v.Until) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) })
	return keys, nil
}

// load reads a digest and checks it by itself.
func (v *verifier) load(ctx context.Context, in, key string) (*loaded, error) {
	if d := v.digests[in+"/"+key]; d != nil {
		return d, nil
	}
	l := &loaded{key: key}
	v.digests[in+"/"+key] = l
	o, err := v.Store.Get(ctx, in, key)
	if errors.Is(err, bucket.ErrNoObject) {
		l.wrong = "it is missing"
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read s3://%s/%s: %w", in, key, err)
	}
	if l.text, err = Unzip(o.Body); err == nil {
		l.Digest, err = Parse(l.text)
	}
	l.signature = o.Meta[MetaSignature]
	switch {
	case err != nil:
		l.wrong = "it is no digest: it was changed"
	case l.Bucket != in || l.Object != key:
		l.wrong = "it was moved from where it was delivered"
	case l.Algorithm != SignatureAlgorithm || l.signature == "":
		l.wrong = "it has no signature"
	case v.Keys[l.Fingerprint] == nil:
		l.wrong = "no public key is known with the fingerprint " + l.Fingerprint
	case !l.Check(l.text, l.signature, v.Keys[l.Fingerprint]):
		l.wrong = "its signature is wrong: it was changed"
	}
	if l.wrong == "" {
		for _, f := range l.Files {
			v.listed[f.Bucket+"/"+f.Object] = true
		}
	}
	return l, nil
}

// chain checks the digests, and that each is followed by the one that names it.
func (v *verifier) chain(ctx context.Context, keys []string) error {
	bad := map[string]bool{}
	note := func(in, key, text string) {
		if !bad[in+"/"+key] {
			bad[in+"/"+key] = true
			v.report.BadDigests++
			v.report.Findings = append(v.report.Findings, Finding{in, key, true, text})
		}
	}
	if l := v.Last; l != nil {
		newest, err := v.load(ctx, l.Bucket, l.Object)
		if err != nil {
			return err
		}
		t, ok := stamp(l.Object)
		if inRange := ok && !t.After(v.Until) && !t.Before(v.From); inRange && newest.wrong != "" {
			note(l.Bucket, l.Object, newest.wrong)
		}
	}
	for _, key := range slices.Backward(keys) {
		l, err := v.load(ctx, v.Bucket, key)
		if err != nil {
			return err
		}
		if l.wrong != "" {
			note(v.Bucket, key, l.wrong)
			continue
		}
		v.report.Digests++
		v.cover(l)
		if err := v.previous(ctx, l, keys, note); err != nil {
			return err
		}
	}
	return nil
}

// cover widens what the report is about.
func (v *verifier) cover(l *loaded) {
	if v.report.Until.IsZero() || l.End.After(v.report.Until) {
		v.report.Until = l.End.Time
	}
	if v.report.From.IsZero() || l.Start.Before(v.report.From) {
		v.report.From = l.Start.Time
	}
	if l.End.After(v.end) {
		v.end = l.End.Time
	}
}

// previous checks the digest that another one follows.
func (v *verifier) previous(ctx context.Context, l *loaded, keys []string, note func(in, key, text string)) error {
	if l.PreviousObject == nil || l.PreviousBucket == nil {
		for _, key := range keys {
			if path.Base(key) < path.Base(l.key) {
				v.report.Gaps = append(v.report.Gaps, "the chain begins anew at "+l.Start.String())
				break
			}
		}
		return nil
	}
	in, key := *l.PreviousBucket, *l.PreviousObject
	t, ok := stamp(key)
	if !ok || t.Before(v.From) {
		return nil // of a time that was not asked about
	}
	before, err := v.load(ctx, in, key)
	if err != nil {
		return err
	}
	switch {
	case before.wrong != "":
		note(in, key, before.wrong)
	case l.PreviousHash == nil || *l.PreviousHash != Hash(before.text), l.PreviousSignature == nil || *l.PreviousSignature != before.signature:
		note(in, key, "it is not the digest that the next one names: the chain is broken")
	case !before.End.Equal(l.Start.Time):
		note(in, key, "it does not end where the next one begins")
	}
	return nil
}

// files checks the log files that the trail's digests list.
func (v *verifier) files(ctx context.Context) error {
	var all []File
	for _, l := range v.digests {
		if l.wrong == "" {
			all = append(all, l.Digest.Files...)
		}
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Bucket+"/"+a.Object, b.Bucket+"/"+b.Object) })
	all = slices.CompactFunc(all, func(a, b File) bool { return a.Bucket == b.Bucket && a.Object == b.Object })
	for _, f := range all {
		wrong, err := v.file(ctx, f)
		if err != nil {
			return err
		}
		if wrong == "" {
			v.report.Files++
			continue
		}
		v.report.BadFiles++
		v.report.Findings = append(v.report.Findings, Finding{f.Bucket, f.Object, false, wrong})
	}
	return nil
}

func (v *verifier) file(ctx context.Context, f File) (wrong string, err error) {
	o, err := v.Store.Get(ctx, f.Bucket, f.Object)
	if errors.Is(err, bucket.ErrNoObject) {
		return "it is missing", nil
	}
	if err != nil {
		return "", fmt.Errorf("read s3://%s/%s: %w", f.Bucket, f.Object, err)
	}
	text, err := Unzip(o.Body)
	if err != nil || Hash(text) != f.Hash {
		return "it was changed", nil
	}
	return "", nil
}

// others reads the digests of other trails that deliver to the same place, so that their log
// files are known.
func (v *verifier) others(ctx context.Context) error {
	for key, err := range v.Store.List(ctx, v.Bucket, v.base("CloudTrail-Digest"), "") {
		if err != nil {
			return err
		}
		// A file is listed by the digest of its time or by a later one.
		if t, ok := stamp(key); ok && !t.Before(v.From) && t.Before(v.Until.Add(25*time.Hour)) {
			if _, err := v.load(ctx, v.Bucket, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// added looks for log files that no digest lists.
func (v *verifier) added(ctx context.Context) error {
	if v.report.Digests == 0 {
		return nil
	}
	for key, err := range v.Store.List(ctx, v.Bucket, v.base("CloudTrail"), "") {
		if err != nil {
			return err
		}
		if v.listed[v.Bucket+"/"+key] || !strings.HasSuffix(key, ".gz") {
			continue
		}
		t, ok := fileStamp(key)
		switch {
		case !ok:
			// Not a name that a log file has.
		case t.Before(v.report.From.Truncate(time.Minute)) || t.After(v.Until):
			continue // of a time that was not asked about
		case !t.Before(v.end.Truncate(time.Minute)):
			v.report.Open++
			continue
		}
		v.report.BadFiles++
		v.report.Findings = append(v.report.Findings, Finding{v.Bucket, key, false, "no digest lists it: it was added, or delivered while files were not validated"})
	}
	return nil
}

// fileStamp is the time in the name of a log file, in minutes.
func fileStamp(key string) (time.Time, bool) {
	parts := strings.Split(path.Base(key), "_")
	if len(parts) < 4 {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102T1504Z", parts[len(parts)-2])
	return t, err == nil
}
