package server

import (
	"context"
	"encoding/json"
	"errors"

	sdkkms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/kms"
)

// logsKeys calls KMS for the log groups that are encrypted under a key. Each call is decided
// and recorded as any other: as one of the service principal of CloudWatch Logs in the Region,
// which the key's policy must allow.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
type logsKeys struct {
	iam     *iam.Service
	kms     *kms.Service
	clock   *clock.Clock
	journal *cloudtrail.Journal
}

// keyCall is what the record of a call has of its request.
type keyCall struct {
	KeyID               string            `json:"keyId,omitempty"`
	KeySpec             types.DataKeySpec `json:"keySpec,omitempty"`
	EncryptionAlgorithm string            `json:"encryptionAlgorithm,omitempty"`
	EncryptionContext   map[string]string `json:"encryptionContext"`
}

// GenerateDataKey implements logs.Keys.
func (k logsKeys) GenerateDataKey(ctx context.Context, region, key, source string) (plain, blob []byte, err error) {
	in := keyCall{KeyID: key, KeySpec: types.DataKeySpecAes256, EncryptionContext: logsContext(source)}
	err = k.call(ctx, "GenerateDataKey", region, source, in, func(c *iam.Caller) error {
		out, err := k.kms.GenerateDataKey(ctx, c, &sdkkms.GenerateDataKeyInput{KeyId: &key, KeySpec: in.KeySpec, EncryptionContext: in.EncryptionContext})
		if err == nil {
			plain, blob = out.Plaintext, out.CiphertextBlob
		}
		return err
	})
	return plain, blob, err
}

// Decrypt implements logs.Keys.
func (k logsKeys) Decrypt(ctx context.Context, region, source string, blob []byte) (plain []byte, err error) {
	in := keyCall{EncryptionAlgorithm: string(types.EncryptionAlgorithmSpecSymmetricDefault), EncryptionContext: logsContext(source)}
	err = k.call(ctx, "Decrypt", region, source, in, func(c *iam.Caller) error {
		out, err := k.kms.Decrypt(ctx, c, &sdkkms.DecryptInput{CiphertextBlob: blob, EncryptionContext: in.EncryptionContext})
		if err == nil {
			plain = out.Plaintext
		}
		return err
	})
	return plain, err
}

// logsContext is the encryption context of a group's data keys.
func logsContext(group string) map[string]string { return map[string]string{"aws:logs:arn": group} }

func (k logsKeys) call(ctx context.Context, operation, region, source string, in keyCall, f func(*iam.Caller) error) error {
	if err := k.journal.Ready(); err != nil {
		return err
	}
	name := "logs." + region + ".amazonaws.com"
	c, err := k.iam.CallerFor(ctx, name)
	if err != nil {
		return err
	}
	parameters, err := json.Marshal(in)
	if err != nil {
		return err
	}
	arn, _ := iam.ParseARN(source)
	c.Region, c.SourceARN, c.SourceAccount = region, source, arn.Account
	c.Event = &cloudtrail.Event{
		Time: k.clock.Now(), Source: "kms.amazonaws.com", Name: operation, Region: region, ReadOnly: true,
		Identity: c.Identity(), SourceIPAddress: name, UserAgent: name, RequestID: cloudtrail.NewID(),
		RecipientAccountID: arn.Account, RequestParameters: parameters,
	}
	failed := f(c)
	if e, ok := errors.AsType[smithy.APIError](failed); ok {
		c.Event.ErrorCode, c.Event.ErrorMessage = eventCode(e.ErrorCode()), e.ErrorMessage()
	} else if failed != nil {
		c.Event.ErrorCode = "KMSInternalException"
	}
	if err := k.journal.Record(c.Event); err != nil {
		return err
	}
	return failed
}

// eventCode is an error code as CloudTrail records it.
func eventCode(code string) string {
	if code == "AccessDeniedException" {
		return "AccessDenied"
	}
	return code
}
