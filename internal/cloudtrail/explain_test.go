package cloudtrail_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/keystead/keystead/internal/cloudtrail"
)

func TestExplainCommand(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{})
	denied := encryptEvent()
	denied.ID, denied.RequestID = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-00000000000a"
	denied.ErrorCode, denied.ErrorMessage = "AccessDenied", "User: x is not authorized to perform: kms:Encrypt"
	denied.VPCEndpointID = "vpce-0123"
	denied.Identity.InvokedBy = "s3.amazonaws.com"
	denied.AdditionalEventData = []cloudtrail.Field{
		{Name: cloudtrail.AuthorizationField, Value: "kms:Encrypt denied because no resource-based policy allows it; kms:X allowed by statement 1 of the key policy"},
		{Name: cloudtrail.AuthorizationDetailField, Value: "Statement 1 would allow it, but for \x1b[31mits condition.\nNothing else."},
	}
	record(t, j, denied)
	allowed := encryptEvent()
	allowed.ID, allowed.RequestID = "11111111-0000-4000-8000-000000000002", "11111111-0000-4000-8000-00000000000b"
	allowed.AdditionalEventData = nil
	record(t, j, allowed)

	var out bytes.Buffer
	for _, id := range []string{denied.ID, allowed.RequestID} {
		if err := cloudtrail.ExplainCommand(t.Context(), &out, dir, id); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "explain.txt", out.Bytes())
	if err := cloudtrail.ExplainCommand(t.Context(), &out, dir, "unknown"); !errors.Is(err, cloudtrail.ErrNoEvent) {
		t.Errorf("an unknown event: %v", err)
	}
}
