// Package sample makes events as a busy service has them, for tests and benchmarks: many
// principals and keys, encryption contexts that repeat and such that don't, and the ids that
// each event has for itself. The one rule: the same seed makes the same events.
package sample

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/eventstore"
)

// Source makes events, each a bit later than the one before.
type Source struct {
	rand *rand.Rand
	now  time.Time
	step time.Duration
	keys []string
}

// account is the owner of everything.
const account = "111122223333"

// New returns a source whose events begin at a time, and are that far apart on average.
func New(seed uint64, start time.Time, step time.Duration) *Source {
	s := &Source{rand: rand.New(rand.NewPCG(seed, 1)), now: start, step: step}
	for range 100 {
		s.keys = append(s.keys, "arn:aws:kms:us-east-1:"+account+":key/"+s.uuid())
	}
	return s
}

// Next returns n more events.
func (s *Source) Next(n int) []eventstore.Event {
	events := make([]eventstore.Event, n)
	for i := range events {
		s.now = s.now.Add(time.Duration(s.rand.Int64N(2*int64(s.step) + 1)))
		e := s.event()
		events[i] = eventstore.Event{Time: s.now, Ingested: s.now.Add(300 * time.Millisecond), Text: e.AppendJSON(nil)}
	}
	return events
}

// operations and how often each is called, in a thousand.
var operations = []struct {
	name  string
	share int
	reads bool
}{{"Decrypt", 550, true}, {"GenerateDataKey", 250, true}, {"Encrypt", 150, true}, {"DescribeKey", 40, true},
	{"ReEncrypt", 8, true}, {"CreateGrant", 2, false}}

func (s *Source) event() *cloudtrail.Event {
	at := s.rand.IntN(1000)
	operation := operations[0]
	for _, operation = range operations {
		if at -= operation.share; at < 0 {
			break
		}
	}
	// Each principal runs in one place and uses a few keys, some of them more than others.
	who := int(callers * s.rand.Float64() * s.rand.Float64())
	key := s.keys[(who%25*4+int(4*s.rand.Float64()*s.rand.Float64()))%len(s.keys)]
	e := &cloudtrail.Event{
		ID: s.uuid(), Time: s.now, Source: "kms.amazonaws.com", Name: operation.name, Region: "us-east-1",
		ReadOnly: operation.reads, RequestID: s.uuid(), RecipientAccountID: account, Identity: s.identity(who),
		SourceIPAddress: fmt.Sprintf("10.%d.%d.%d", who%4, who%7, 10+who%200),
		UserAgent:       userAgents[who%len(userAgents)],
		RequestParameters: fmt.Appendf(nil, `{"keyId":%q,"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"tenant":"t-%04d","object":"invoices/%d"}}`,
			key, s.rand.IntN(2000), s.rand.IntN(1e7)),
		Resources: []cloudtrail.Resource{{AccountID: account, Type: "AWS::KMS::Key", ARN: key}},
		TLS: &cloudtrail.TLSDetails{Version: "TLSv1.3", Cipher: "TLS_AES_128_GCM_SHA256",
			HostHeader: "kms.us-east-1.amazonaws.com", KeyExchange: "X25519MLKEM768"},
	}
	if s.rand.IntN(200) == 0 {
		e.ErrorCode = "AccessDenied"
		e.ErrorMessage = fmt.Sprintf("User: %s is not authorized to perform: kms:%s on resource: %s because no identity-based policy allows the kms:%s action",
			e.Identity.ARN, e.Name, key, e.Name)
	}
	return e
}

var userAgents = []string{
	"aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/kms#1.62.4 m/E,g",
	"Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.3 md/pyimpl#CPython m/N,b,Z cfg/retry-mode#legacy Botocore/1.40.21",
	"aws-sdk-java/2.33.4 md/io#sync md/http#Apache ua/2.1 api/KMS#2.33.x os/Linux#6.8.0 lang/java#21.0.4 md/OpenJDK_64-Bit_Server_VM#21.0.4+7 m/D,N",
	"aws-cli/2.28.20 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7 md/installer#exe md/command#kms.decrypt",
}

// callers is how many principals there are.
const callers = 300

func (s *Source) identity(n int) cloudtrail.Identity {
	if n < 60 {
		return cloudtrail.Identity{
			Type: "IAMUser", PrincipalID: fmt.Sprintf("AIDA%016d", n*7919), ARN: fmt.Sprintf("arn:aws:iam::%s:user/app-%03d", account, n),
			AccountID: account, AccessKeyID: fmt.Sprintf("AKIA%016d", n*104729), UserName: fmt.Sprintf("app-%03d", n),
		}
	}
	role := n % 25
	session := s.now.Truncate(time.Hour).Unix()
	return cloudtrail.Identity{
		Type: "AssumedRole", PrincipalID: fmt.Sprintf("AROA%016d:i-%017x", role*7919, n*1299709),
		ARN:       fmt.Sprintf("arn:aws:sts::%s:assumed-role/service-%02d/i-%017x", account, role, n*1299709),
		AccountID: account, AccessKeyID: fmt.Sprintf("ASIA%016X", uint64(session)*uint64(n)),
		Session: &cloudtrail.SessionContext{
			CreationDate: s.now.Truncate(time.Hour),
			Issuer: &cloudtrail.Identity{Type: "Role", PrincipalID: fmt.Sprintf("AROA%016d", role*7919),
				ARN: fmt.Sprintf("arn:aws:iam::%s:role/service-%02d", account, role), AccountID: account, UserName: fmt.Sprintf("service-%02d", role)},
		},
	}
}

func (s *Source) uuid() string {
	a, b := s.rand.Uint64(), s.rand.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xFFFF, a&0xFFF, b>>50|0x8000, b&(1<<48-1))
}
