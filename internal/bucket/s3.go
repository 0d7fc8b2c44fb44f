package bucket

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// S3Options say how an S3 service is reached.
type S3Options struct {
	Endpoint        string // URL
	Region          string // "us-east-1" if ""
	CredentialsFile string // in the form of AWS's shared credentials; "" is what AWS's SDKs find
	Profile         string
}

// requestTimeout bounds one request, in wall time: a server that answers nothing holds up
// nobody for longer.
const requestTimeout = 20 * time.Second

// S3 has the buckets of an S3 service.
type S3 struct{ client *s3.Client }

// NewS3 connects to an S3 service when it is first needed.
func NewS3(ctx context.Context, o S3Options) (*S3, error) {
	load := []func(*config.LoadOptions) error{
		config.WithRegion(cmp.Or(o.Region, "us-east-1")),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(requestTimeout)),
	}
	if o.CredentialsFile != "" {
		load = append(load, config.WithSharedCredentialsFiles([]string{o.CredentialsFile}), config.WithSharedConfigFiles([]string{}))
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("settings of the S3 service: %w", err)
	}
	return &S3{s3.NewFromConfig(cfg, func(c *s3.Options) {
		c.BaseEndpoint = &o.Endpoint
		c.UsePathStyle = !ofAWS(o.Endpoint)
		// Many services know nothing of the checksums in trailers that AWS's has.
		c.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		c.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		c.RetryMaxAttempts = 2 // whoever delivers tries again later
	})}, nil
}

// ofAWS reports whether a URL is AWS's: it wants buckets in the host name.
func ofAWS(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
}

// Encrypts implements Store.
func (*S3) Encrypts() bool { return true }

// Check implements Store.
func (s *S3) Check(ctx context.Context, bucket string) error {
	if !ValidName(bucket) {
		return ErrNoBucket
	}
	_, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	return plain(err, ErrNoBucket)
}

// Put implements Store.
func (s *S3) Put(ctx context.Context, bucket string, o Object) error {
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &o.Key, Body: bytes.NewReader(o.Body), Metadata: o.Meta}
	if o.Type != "" {
		in.ContentType = &o.Type
	}
	if o.Zip {
		in.ContentEncoding = new("gzip")
	}
	if o.KMS != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &o.KMS
	}
	_, err := s.client.PutObject(ctx, in)
	return plain(err, ErrNoBucket)
}

// Get implements Store.
func (s *S3) Get(ctx context.Context, bucket, key string) (Object, error) {
	o := Object{Key: key}
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return o, plain(err, ErrNoObject)
	}
	defer out.Body.Close()
	o.Body, err = readAll(out.Body, maxObject)
	o.Meta = map[string]string{}
	for name, value := range out.Metadata {
		o.Meta[strings.ToLower(name)] = value
	}
	return o, err
}

// List implements Store.
func (s *S3) List(ctx context.Context, bucket, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix}
		if after != "" {
			in.StartAfter = &after
		}
		pages := s3.NewListObjectsV2Paginator(s.client, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", plain(err, ErrNoBucket))
				return
			}
			for _, o := range page.Contents {
				if o.Key != nil && !yield(*o.Key, nil) {
					return
				}
			}
		}
	}
}

// plain makes the package's errors of those of a service. missing is what "404" without more
// says.
func plain(err, missing error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		switch e.ErrorCode() {
		case "NoSuchBucket":
			return ErrNoBucket
		case "NoSuchKey":
			return ErrNoObject
		case "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch":
			return fmt.Errorf("%w: %w", ErrDenied, err)
		}
	}
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		switch e.HTTPStatusCode() {
		case http.StatusNotFound:
			return missing
		case http.StatusForbidden:
			return fmt.Errorf("%w: %w", ErrDenied, err)
		}
	}
	return err
}
