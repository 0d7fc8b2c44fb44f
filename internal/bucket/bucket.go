// Package bucket writes and reads the objects of trails: in the buckets of an S3 service, or in
// folders of this node. The one rule: an object is there whole or not at all, and to put it
// again is no harm.
package bucket

import (
	"context"
	"errors"
	"iter"
	"regexp"
	"strings"
)

// Errors of all kinds of buckets.
var (
	ErrNoBucket = errors.New("there is no such bucket")
	ErrNoObject = errors.New("there is no such object")
	ErrDenied   = errors.New("access to the bucket is denied")
)

// maxObject bounds what Get reads: a file of a trail is far smaller.
const maxObject = 256 << 20

// Object is a file with its metadata.
type Object struct {
	Key  string
	Body []byte
	Meta map[string]string // names in lower case, without "x-amz-meta-"
	Type string            // of the content, "application/json"
	Zip  bool              // the body is compressed with gzip
	KMS  string            // the key of SSE-KMS; "" for none
}

// Store has buckets. Its methods may be called by several goroutines at once.
type Store interface {
	// Check returns nil if the bucket can be used, ErrNoBucket or ErrDenied.
	Check(ctx context.Context, bucket string) error
	Put(ctx context.Context, bucket string, o Object) error
	Get(ctx context.Context, bucket, key string) (Object, error)
	// List gives the keys that begin with prefix and come after a key, in their order.
	List(ctx context.Context, bucket, prefix, after string) iter.Seq2[string, error]
	// Encrypts says whether objects can have a KMS key.
	Encrypts() bool
}

// labels are the parts of a bucket's name between its dots.
var labels = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// address is a name that looks like one of IPv4.
var address = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$`)

// ValidName reports whether a text is the name of a bucket.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func ValidName(name string) bool {
	if len(name) < 3 || len(name) > 63 || address.MatchString(name) {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if !labels.MatchString(label) {
			return false
		}
	}
	return true
}
