package cloudtrail_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// encryptEvent is the usual event, with everything that an Encrypt by a user has.
func encryptEvent() *cloudtrail.Event {
	return &cloudtrail.Event{
		Time:   time.Date(2026, 5, 20, 20, 45, 8, 123456789, time.UTC),
		Source: "kms.amazonaws.com", Name: "Encrypt", Region: "us-west-2", ReadOnly: true,
		Identity: cloudtrail.Identity{
			Type: "IAMUser", PrincipalID: "AIDAEXAMPLE", ARN: "arn:aws:iam::111122223333:user/Alice",
			AccountID: "111122223333", AccessKeyID: "AKIAEXAMPLE", UserName: "Alice",
		},
		SourceIPAddress: "192.0.2.0", UserAgent: "aws-sdk-go-v2/1.47.7 os/linux lang/go#1.26.8",
		RequestParameters: []byte(`{"keyId":"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",` +
			`"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"Department":"Engineering"}}`),
		RequestID:          "6f1a9c6e-6c5f-4a5e-8c39-0a2ac1e4ef0f",
		RecipientAccountID: "111122223333",
		AdditionalEventData: []cloudtrail.Field{
			{Name: "keyMaterialId", Value: "1234abcd1234abcd1234abcd1234abcd1234abcd1234abcd1234abcd1234abcd"}},
		Resources: []cloudtrail.Resource{{AccountID: "111122223333", Type: "AWS::KMS::Key",
			ARN: "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}},
		TLS: &cloudtrail.TLSDetails{Version: "TLSv1.3", Cipher: "TLS_AES_256_GCM_SHA384",
			HostHeader: "kms.us-west-2.amazonaws.com", KeyExchange: "X25519MLKEM768"},
	}
}

// smallEvent is one of 900 bytes.
func smallEvent() *cloudtrail.Event {
	e := encryptEvent()
	e.AdditionalEventData, e.TLS = nil, nil
	return e
}

func BenchmarkAppendJSON(b *testing.B) {
	e := smallEvent()
	e.ID = cloudtrail.NewID()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendJSON(buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "bytes/record")
}

func BenchmarkRecord(b *testing.B) {
	for _, mode := range []struct {
		name string
		sync cloudtrail.SyncMode
	}{{"interval", cloudtrail.SyncInterval}, {"always", cloudtrail.SyncAlways}} {
		for _, callers := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d", mode.name, callers), func(b *testing.B) {
				j, err := cloudtrail.OpenJournal(b.TempDir(), cloudtrail.JournalOptions{Sync: mode.sync})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				before := cpuTime(b)
				inParallel(b, callers, func(e *cloudtrail.Event) {
					e.ID = ""
					if err := j.Record(e); err != nil {
						b.Error(err)
					}
				})
				b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
				b.StopTimer()
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func inParallel(b *testing.B, callers int, f func(*cloudtrail.Event)) {
	left := make(chan int, callers)
	for i := range callers {
		n := b.N / callers
		if i < b.N%callers {
			n++
		}
		go func() {
			e := smallEvent()
			for range n {
				f(e)
			}
			left <- 1
		}()
	}
	for range callers {
		<-left
	}
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkVerifyJournal(b *testing.B) {
	dir := b.TempDir()
	j, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for range 20000 {
		if err := j.Record(encryptEvent()); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := cloudtrail.VerifyJournal(dir)
		if err != nil || r.Problem != nil {
			b.Fatal(err, r.Problem)
		}
		b.SetBytes(r.Bytes)
	}
}
