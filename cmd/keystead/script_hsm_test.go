package main

import (
	"context"
	"encoding/json"
	"os"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keystead/keystead/internal/cloudhsm/cloudhsmtest"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
)

// cloudhsmMain is the program "cloudhsm OPERATION [JSON]".
func cloudhsmMain() {
	exitOn(callKMS(context.Background(), os.Stdout, os.Args[1:], target{"BaldrApiService.", "cloudhsm"}))
}

// cmdHSM sets a variable to the path of the driver of PKCS#11 modules.
func cmdHSM(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hsm VAR")
	}
	t := stageOf(ts).t
	hsmtest.Library(t)
	ts.Setenv(args[0], hsmtest.Driver(t))
}

// cmdClaim signs the request of a cluster for a certificate and writes what InitializeCluster is
// to be called with.
func cmdClaim(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: claim FILE CLUSTER CSR")
	}
	cert, anchor := cloudhsmtest.Sign(stageOf(ts).t, args[2])
	body, err := json.Marshal(map[string]string{"ClusterId": args[1], "SignedCert": cert, "TrustAnchor": anchor})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), body, 0o600))
}

// cmdUntil runs a command until its output matches.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND...")
	}
	want := regexp.MustCompile(args[0])
	wait(ts, args[1]+" to print what matches "+args[0], func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && want.MatchString(ts.ReadFile("stdout"))
	})
}
