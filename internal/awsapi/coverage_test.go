package awsapi_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/awsapi"
)

func TestOperationsOf(t *testing.T) {
	all := awsapi.OperationsOf((*kms.Client)(nil))
	if len(all) != 56 || !slices.IsSorted(all) || !slices.Contains(all, "Encapsulate") || slices.Contains(all, "Options") {
		t.Errorf("%d operations of KMS, want 56: %v", len(all), all)
	}
	if all := awsapi.OperationsOf(sts.New(sts.Options{})); len(all) != 11 {
		t.Errorf("%d operations of STS, want 11: %v", len(all), all)
	}
}

func TestMissingFrom(t *testing.T) {
	s := stsService(nil)
	missing := awsapi.MissingFrom(awsapi.OperationsOf((*sts.Client)(nil)), s.Operations)
	if len(missing) != 9 || slices.Contains(missing, "AssumeRole") || !slices.Contains(missing, "AssumeRoot") {
		t.Errorf("missing %v", missing)
	}
}

func TestCoverage(t *testing.T) {
	k, s := kmsService(nil), stsService(nil)
	k.Unenforced = map[string][]string{"Encrypt": {"DryRun", "GrantTokens"}}
	api := map[string][]string{
		"kms": awsapi.OperationsOf((*kms.Client)(nil)),
		"sts": awsapi.OperationsOf((*sts.Client)(nil)),
	}
	got, err := awsapi.Coverage([]awsapi.Service{k, s}, api)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/coverage.golden", got)
	if _, err := awsapi.Coverage([]awsapi.Service{k}, nil); err == nil {
		t.Error("operations that the API doesn't have: no error")
	}
}
