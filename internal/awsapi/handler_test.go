package awsapi_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/awsapi"
)

func TestOperationsOf(t *testing.T) {
	if got := awsapi.OperationsOf((*kms.Client)(nil)); len(got) != 56 {
		t.Errorf("%d operations, want 56: %v", len(got), got)
	}
}
