package awsapi_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
)

const keyARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// encryptBody is what the SDK sends for Encrypt.
func encryptBody(plaintext int) []byte {
	b64 := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xa7}, plaintext))
	return fmt.Appendf(nil, `{"EncryptionContext":{"app":"billing","stage":"prod"},"KeyId":%q,"Plaintext":%q}`, keyARN, b64)
}

func codec(t testing.TB, v any, rows []awsapi.Constraint) awsapi.Codec {
	t.Helper()
	c, err := awsapi.NewCodec(awsapi.Service{}, v, rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// BenchmarkDecodeEncrypt has targets: under 1.5 µs for 32 bytes, under 6 µs for 4 KiB.
func BenchmarkDecodeEncrypt(b *testing.B) {
	for _, size := range []int{32, 4096} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := codec(b, &kms.EncryptInput{}, models.KMS["Encrypt"])
			body := encryptBody(size)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var in kms.EncryptInput
				if err := c.DecodeJSON(body, &in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValidateEncrypt(b *testing.B) {
	c := codec(b, &kms.EncryptInput{}, models.KMS["Encrypt"])
	var in kms.EncryptInput
	if err := c.DecodeJSON(encryptBody(4096), &in); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if m := c.Validate(&in); m != "" {
			b.Fatal(m)
		}
	}
}

func BenchmarkAuditEncrypt(b *testing.B) {
	c := codec(b, &kms.EncryptInput{}, models.KMS["Encrypt"])
	var in kms.EncryptInput
	if err := c.DecodeJSON(encryptBody(32), &in); err != nil {
		b.Fatal(err)
	}
	var scratch []byte
	b.ReportAllocs()
	for b.Loop() {
		if c.Audit(&scratch, &in) == nil {
			b.Fatal("nothing recorded")
		}
	}
}

func BenchmarkEncodeEncrypt(b *testing.B) {
	for _, size := range []int{32, 4096} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := codec(b, &kms.EncryptOutput{}, nil)
			out := &kms.EncryptOutput{
				CiphertextBlob:      make([]byte, size+71),
				EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
				KeyId:               aws.String(keyARN),
			}
			buf := make([]byte, 0, 16<<10)
			b.ReportAllocs()
			for b.Loop() {
				buf = c.AppendJSON(buf[:0], out)
			}
		})
	}
}

// twentySamples is what clients send that batch.
func twentySamples() *cloudwatch.PutMetricDataInput {
	in := &cloudwatch.PutMetricDataInput{Namespace: aws.String("App")}
	now := time.UnixMilli(1700000000123).UTC()
	for range 20 {
		in.MetricData = append(in.MetricData, types.MetricDatum{
			MetricName: aws.String("Latency"), Value: aws.Float64(12.5), Unit: types.StandardUnitMilliseconds, Timestamp: &now,
			Dimensions: []types.Dimension{{Name: aws.String("Host"), Value: aws.String("a")}, {Name: aws.String("Path"), Value: aws.String("/")}},
		})
	}
	return in
}

// BenchmarkDecodeSamples has a target: under 65 µs, which a general CBOR decoder takes.
func BenchmarkDecodeSamples(b *testing.B) {
	c := codec(b, &cloudwatch.PutMetricDataInput{}, models.CloudWatch["PutMetricData"])
	for name, decode := range map[string]struct {
		body   []byte
		decode func([]byte, any) error
	}{
		"cbor": {c.AppendCBOR(nil, twentySamples()), c.DecodeCBOR},
		"json": {c.AppendJSON(nil, twentySamples()), c.DecodeJSON},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(decode.body)))
			b.ReportAllocs()
			for b.Loop() {
				var in cloudwatch.PutMetricDataInput
				if err := decode.decode(decode.body, &in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodeSamples(b *testing.B) {
	c := codec(b, &cloudwatch.PutMetricDataInput{}, nil)
	in, buf := twentySamples(), make([]byte, 0, 16<<10)
	b.ReportAllocs()
	for b.Loop() {
		buf = c.AppendCBOR(buf[:0], in)
	}
}
