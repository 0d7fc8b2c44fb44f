package keysteadtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// A test that waits a month for a key to be deleted.
func Example() {
	_ = func(t *testing.T) {
		srv := keysteadtest.Start(t)
		keys, ctx := srv.KMS(), context.Background()
		key, err := keys.CreateKey(ctx, &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		id := key.KeyMetadata.KeyId
		if _, err := keys.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id}); err != nil {
			t.Fatal(err)
		}
		srv.Advance(30 * 24 * time.Hour)
		_, err = keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
		if gone := new(types.NotFoundException); !errors.As(err, &gone) {
			t.Error("the key is still there")
		}
	}
}

func account(t *testing.T, client *sts.Client) string {
	t.Helper()
	out, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Account
}

func TestAccounts(t *testing.T) {
	srv := keysteadtest.Start(t, keysteadtest.WithAccount("111122223333"))
	if got := account(t, sts.NewFromConfig(srv.Config())); got != "111122223333" || srv.Account != got || srv.Region != "us-east-1" {
		t.Errorf("account %s, fields %s and %s", got, srv.Account, srv.Region)
	}
	other := srv.NewAccount("222233334444")
	if got := account(t, sts.NewFromConfig(srv.ConfigFor(other))); got != "222233334444" {
		t.Errorf("the other account is %s", got)
	}
}

func TestTLS(t *testing.T) {
	srv := keysteadtest.Start(t, keysteadtest.WithTLS())
	if got := account(t, sts.NewFromConfig(srv.Config())); got != srv.Account || !strings.HasPrefix(srv.URL, "https://127.0.0.1:") {
		t.Errorf("%s answers as account %s", srv.URL, got)
	}
	if _, err := os.Stat(filepath.Join(srv.DataDir, "tls", "ca.pem")); err != nil {
		t.Error(err)
	}
	srv.Advance(time.Hour)
}

// TestOneTry checks that clients see the first error.
func TestOneTry(t *testing.T) {
	srv := keysteadtest.Start(t)
	if n := srv.Config().Retryer().MaxAttempts(); n != 1 {
		t.Errorf("clients try %d times", n)
	}
}

func TestLogAndRestart(t *testing.T) {
	var log bytes.Buffer
	srv := keysteadtest.Start(t, keysteadtest.WithLog(slog.NewTextHandler(&log, nil)))
	key, err := srv.KMS().CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	url := srv.URL
	srv.Restart()
	if !strings.Contains(log.String(), "stopping") {
		t.Errorf("the log has nothing of a stop:\n%s", &log)
	}
	if _, err := srv.KMS().DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: key.KeyMetadata.KeyId}); err != nil || srv.URL == url {
		t.Errorf("after the restart at %s (before: %s): %v", srv.URL, url, err)
	}
}

func TestPeer(t *testing.T) {
	first := keysteadtest.Start(t, keysteadtest.WithDatabase(storetest.PostgreSQL(t)))
	second := first.Peer()
	if first.DataDir == second.DataDir || first.URL == second.URL {
		t.Errorf("both nodes have %s at %s", first.DataDir, first.URL)
	}
	key, err := first.KMS().CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.KMS().DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: key.KeyMetadata.KeyId}); err != nil {
		t.Error(err)
	}
}

// failing is a test in which a failure is seen.
type failing struct {
	*testing.T
	message string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	panic(f)
}

func TestFailures(t *testing.T) {
	for name, start := range map[string]func(testing.TB){
		"bad account":          func(t testing.TB) { keysteadtest.Start(t, keysteadtest.WithAccount("1")) },
		"bad database":         func(t testing.TB) { keysteadtest.Start(t, keysteadtest.WithDatabase("mysql://x")) },
		"account there before": func(t testing.TB) { keysteadtest.Start(t).NewAccount("000000000000") },
		"clock moved back":     func(t testing.TB) { keysteadtest.Start(t).Advance(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			f := &failing{T: t}
			defer func() {
				if r := recover(); r != any(f) || !strings.HasPrefix(f.message, "keysteadtest: ") {
					t.Errorf("the test goes on; its failure is %q, %v", f.message, r)
				}
			}()
			start(f)
		})
	}
}
