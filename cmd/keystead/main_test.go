package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keystead/keystead/internal/store/storetest"
)

// TestMain makes the program and a small client of it commands of the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keystead": main, "kms": kmsMain, "cloudtrail": cloudtrailMain, "cloudhsm": cloudhsmMain, "advance": advanceMain})
}

// TestScript runs testdata/script: the real program, as its operator uses it. What the
// scripts can say beyond testscript's own commands:
//
//	start NAME [ARG...]      run "keystead serve ARG..." on a free port until it is ready;
//	                         it prints to NAME.out and NAME.log, and AWS_ENDPOINT_URL is set
//	[!] term NAME            SIGTERM; it must end with exit status 0 (1)
//	kill9 NAME               SIGKILL
//	status N COMMAND...      the command must end with exit status N within a minute
//	kms OPERATION [JSON]     a signed call (a program: "exec kms")
//	cloudhsm OPERATION ...   likewise for CloudHSM
//	hsm VAR                  the path of keystead-hsm, or skip if there is no SoftHSM
//	claim FILE CLUSTER CSR   write the request that claims a cluster to FILE
//	until REGEXP COMMAND...  run the command again until it prints what matches
//	keep VAR MEMBER          a member of the JSON on standard output, such as KeyMetadata.KeyId
//	begin OPERATION JSON     send a call but for its body, until the server waits for it
//	closing NAME             SIGTERM; it must take no new connections, and not have ended
//	finish                   send the body; the answer is on standard output, its status on
//	                         standard error
//	sums DIR FILE            write the checksums and modes of all files in DIR to FILE
//	certificate CN DIR       make DIR/cert.pem and DIR/key.pem for 127.0.0.1
//	shows CN CA              wait until the server shows a certificate for CN that CA signed
//	postgres VAR             the URL of an empty database, or skip if there is no PostgreSQL
//	proxy NAME CONFIG        run "keystead xks-proxy serve --config CONFIG" until it takes
//	                         connections, and set XKS_PROXY to its HOST:PORT
//	says FILE TEXT           wait until a file has a text
//	s3 VAR BUCKET            the URL of an S3 service that has an empty bucket
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": cmdStart, "term": cmdTerm, "kill9": cmdKill9, "status": cmdStatus,
			"keep": cmdKeep, "begin": cmdBegin, "closing": cmdClosing, "finish": cmdFinish,
			"sums": cmdSums, "certificate": cmdCertificate, "shows": cmdShows, "postgres": cmdPostgres,
			"s3": cmdS3, "proxy": cmdProxy, "says": cmdSays, "hsm": cmdHSM, "claim": cmdClaim, "until": cmdUntil,
		},
	})
}

// stage is what a script has going; its commands find it under stageKey.
type stage struct {
	t       testing.TB
	servers map[string]*process
	call    *openCall
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

func setup(e *testscript.Env) error {
	t, ok := e.T().(testing.TB)
	if !ok {
		return fmt.Errorf("a script's T is a %T", e.T())
	}
	s := &stage{t: t, servers: map[string]*process{}}
	e.Values[stageKey{}] = s
	e.Defer(func() {
		for _, p := range s.servers {
			p.kill()
		}
	})
	e.Setenv("AWS_REGION", "us-east-1")
	e.Setenv("AWS_CONFIG_FILE", os.DevNull)
	e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	e.Setenv("AWS_SHARED_CREDENTIALS_FILE", e.WorkDir+"/data/credentials")
	return nil
}

// cmdStatus runs a command that must end with a given exit status.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND [ARG...]")
	}
	// A server that starts where it must not would wait forever.
	err := ts.Exec("timeout", append([]string{"60"}, args[1:]...)...)
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

func cmdPostgres(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: postgres VAR")
	}
	ts.Setenv(args[0], storetest.PostgreSQL(stageOf(ts).t))
}

func cmdS3(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: s3 VAR BUCKET")
	}
	b := s3mem.New()
	ts.Check(b.CreateBucket(args[1]))
	s := httptest.NewServer(gofakes3.New(b).Server())
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}
