package sts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t))))
	})
}

// session makes a session of the server's root user.
func session(t *testing.T, srv *keysteadtest.Server, seconds *int32) (aws.Credentials, time.Time) {
	t.Helper()
	out, err := sts.NewFromConfig(srv.Config()).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: seconds})
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}, *c.Expiration
}

// identify asks both services who the caller is: STS, and KMS as far as it can tell.
func identify(t *testing.T, srv *keysteadtest.Server, c aws.Credentials) (bySTS, byKMS string) {
	t.Helper()
	who, err := sts.NewFromConfig(srv.ConfigFor(c)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if bySTS = outcome(err); err == nil {
		bySTS = *who.Account + " " + *who.Arn + " " + *who.UserId
	}
	key, err := kms.NewFromConfig(srv.ConfigFor(c)).CreateKey(t.Context(), &kms.CreateKeyInput{})
	if byKMS = outcome(err); err == nil {
		byKMS = *key.KeyMetadata.AWSAccountId
	}
	return bySTS, byKMS
}

// outcome is what a call came to: "ok" or "Code: message".
func outcome(err error) string {
	var e smithy.APIError
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &e):
		return "no answer of the service: " + err.Error()
	}
	return e.ErrorCode() + ": " + e.ErrorMessage()
}

func wantIdentity(t *testing.T, what string, srv *keysteadtest.Server, c aws.Credentials, wantSTS, wantKMS string) {
	t.Helper()
	if bySTS, byKMS := identify(t, srv, c); bySTS != wantSTS || byKMS != wantKMS {
		t.Errorf("%s:\n got %s and %s\nwant %s and %s", what, bySTS, byKMS, wantSTS, wantKMS)
	}
}

const (
	first         = "000000000000 arn:aws:iam::000000000000:root 000000000000"
	invalidForSTS = "InvalidClientTokenId: The security token included in the request is invalid."
	invalidForKMS = "UnrecognizedClientException: The security token included in the request is invalid."
	expiredForSTS = "ExpiredToken: The security token included in the request is expired"
	expiredForKMS = "ExpiredTokenException: The security token included in the request is expired"
)

func TestCallerIdentity(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		mine := aws.Credentials{AccessKeyID: srv.AccessKeyID, SecretAccessKey: srv.SecretAccessKey}
		wantIdentity(t, "root user", srv, mine, first, "000000000000")
		c, _ := session(t, srv, nil)
		wantIdentity(t, "session", srv, c, first, "000000000000")
		wantIdentity(t, "root user of another account", srv, srv.NewAccount("111122223333"),
			"111122223333 arn:aws:iam::111122223333:root 111122223333", "111122223333")
	})
}

func TestSessionLength(t *testing.T) {
	const long = "failed to satisfy constraint: Member must have value less than or equal to 129600"
	const short = "failed to satisfy constraint: Member must have value greater than or equal to 900"
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		for _, c := range []struct {
			seconds *int32
			want    time.Duration
		}{{nil, time.Hour}, {new(int32(900)), 15 * time.Minute}, {new(int32(1800)), 30 * time.Minute}, {new(int32(3600)), time.Hour}, {new(int32(129600)), time.Hour}} {
			s, expires := session(t, srv, c.seconds)
			if off := time.Until(expires) - c.want; off.Abs() > time.Minute {
				t.Errorf("a session for %v seconds ends in %v, want %v", c.seconds, time.Until(expires), c.want)
			}
			if !strings.HasPrefix(s.AccessKeyID, "ASIA") || len(s.AccessKeyID) != 20 || len(s.SecretAccessKey) != 40 {
				t.Errorf("a session has access key %s and a secret of %d characters", s.AccessKeyID, len(s.SecretAccessKey))
			}
		}
		for seconds, want := range map[int32]string{899: short, 0: short, 129601: long} {
			_, err := sts.NewFromConfig(srv.Config()).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: &seconds})
			if got := outcome(err); !strings.HasPrefix(got, "ValidationError: 1 validation error detected: Value ") || !strings.HasSuffix(got, want) {
				t.Errorf("a session for %d seconds: %s; want %s", seconds, got, want)
			}
		}
	})
}

func TestSessionEnds(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		short, _ := session(t, srv, new(int32(900)))
		long, _ := session(t, srv, nil)
		srv.Advance(14 * time.Minute)
		wantIdentity(t, "a minute before its end", srv, short, first, "000000000000")
		srv.Advance(time.Minute)
		wantIdentity(t, "at its end", srv, short, expiredForSTS, expiredForKMS)
		wantIdentity(t, "a longer one", srv, long, first, "000000000000")
		later, _ := session(t, srv, nil)
		srv.Advance(45 * time.Minute)
		wantIdentity(t, "a longer one after an hour", srv, long, expiredForSTS, expiredForKMS)
		wantIdentity(t, "one that was made later", srv, later, first, "000000000000")
	})
}

func TestWrongTokens(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		good, _ := session(t, srv, nil)
		other, _ := session(t, srv, nil)
		for name, c := range map[string]aws.Credentials{
			"no token":                        {AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey},
			"another session's token":         {AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey, SessionToken: other.SessionToken},
			"another session's access key":    {AccessKeyID: other.AccessKeyID, SecretAccessKey: good.SecretAccessKey, SessionToken: good.SessionToken},
			"a token with the root's key":     {AccessKeyID: srv.AccessKeyID, SecretAccessKey: srv.SecretAccessKey, SessionToken: good.SessionToken},
			"no token at all":                 {AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey, SessionToken: "token"},
			"a token that is cut off":         {AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey, SessionToken: good.SessionToken[:40]},
			"a token with another character":  {AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey, SessionToken: damage(good.SessionToken)},
			"an access key that is not there": {AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: good.SecretAccessKey},
		} {
			wantIdentity(t, name, srv, c, invalidForSTS, invalidForKMS)
		}
		bySTS, byKMS := identify(t, srv, aws.Credentials{AccessKeyID: good.AccessKeyID, SecretAccessKey: other.SecretAccessKey, SessionToken: good.SessionToken})
		if !strings.HasPrefix(bySTS, "SignatureDoesNotMatch: ") || !strings.HasPrefix(byKMS, "InvalidSignatureException: ") {
			t.Errorf("another session's secret: %s and %s", bySTS, byKMS)
		}
		wantIdentity(t, "the session itself", srv, good, first, "000000000000")
		_, err := sts.NewFromConfig(srv.ConfigFor(good)).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
		if got := outcome(err); got != "AccessDenied: Cannot call GetSessionToken with session credentials" {
			t.Errorf("a session of a session: %s", got)
		}
		_, err = sts.NewFromConfig(srv.Config()).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{SerialNumber: new("arn:aws:iam::000000000000:mfa/x"), TokenCode: new("123456")})
		if got := outcome(err); got != "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code." {
			t.Errorf("a session by MFA: %s", got)
		}
	})
}

// damage changes a character in the middle of a token.
func damage(token string) string {
	b := []byte(token)
	if i := len(b) / 2; b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

// TestSessionElsewhere uses a session after a restart and on another node: there is no
// list of sessions that could get lost.
func TestSessionElsewhere(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c, _ := session(t, srv, nil)
		srv.Restart()
		wantIdentity(t, "after a restart", srv, c, first, "000000000000")
		if strings.HasSuffix(t.Name(), "/PostgreSQL") {
			wantIdentity(t, "on another node", srv.Peer(), c, first, "000000000000")
		}
	})
}
