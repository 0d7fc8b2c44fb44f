package kms_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/keystead/keystead/keysteadtest"
)

// acting is a service that acts for users, with the access key of its own.
type acting struct {
	t           testing.TB
	srv         *keysteadtest.Server
	credentials aws.Credentials
}

func newService(t testing.TB, srv *keysteadtest.Server, name string, accounts ...string) acting {
	t.Helper()
	return acting{t, srv, srv.NewService(name, accounts...)}
}

// at is the same service at another node.
func (a acting) at(srv *keysteadtest.Server) acting { return acting{a.t, srv, a.credentials} }

// itself is the service calling for itself, with further headers (name, value, …).
func (a acting) itself(headers ...string) user {
	cfg := a.srv.ConfigFor(a.credentials)
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		for i := 0; i < len(headers); i += 2 {
			if err := smithyhttp.AddHeaderValue(headers[i], headers[i+1])(s); err != nil {
				return err
			}
		}
		return nil
	})
	return user{kms.NewFromConfig(cfg), a.t, a.srv.Region, ""}
}

// forPrincipal is the service calling for a principal.
func (a acting) forPrincipal(arn string) user {
	u := a.itself("X-Keystead-Principal", arn)
	u.account = a.srv.Account
	return u
}

// newUser makes a user of the server's account, who may do nothing, and returns its ARN and
// itself.
func newUser(t testing.TB, srv *keysteadtest.Server, name string) (arn string, u user) {
	t.Helper()
	client := iam.NewFromConfig(srv.Config())
	made, err := client.CreateUser(context.Background(), &iam.CreateUserInput{UserName: &name})
	must(t, "CreateUser", err)
	key, err := client.CreateAccessKey(context.Background(), &iam.CreateAccessKeyInput{UserName: &name})
	must(t, "CreateAccessKey", err)
	c := aws.Credentials{AccessKeyID: *key.AccessKey.AccessKeyId, SecretAccessKey: *key.AccessKey.SecretAccessKey}
	return *made.User.Arn, user{kms.NewFromConfig(srv.ConfigFor(c)), t, srv.Region, srv.Account}
}

// TestServiceForItself uses a customer's key whose policy lets a service do so for one
// bucket, as the page "Permissions for AWS services in key policies" advises.
func TestServiceForItself(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		arn := u.keyARN(key)
		must(t, "PutKeyPolicy", u.putPolicy(key, `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "kms:*", "Resource": "*"},
			{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt", "kms:DisableKey"], "Resource": "*", "Condition": {
				"Bool": {"aws:PrincipalIsAWSService": "true"}, "StringEquals": {"aws:SourceAccount": "000000000000", "aws:PrincipalServiceName": "s3.amazonaws.com"},
				"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}}]}`, false))
		s3, sqs := newService(t, srv, "s3"), newService(t, srv, "sqs")
		source := []string{"X-Keystead-Source-Arn", "arn:aws:s3:::bucket", "X-Keystead-Source-Account", "000000000000"}
		out, err := s3.itself(source...).GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: "AES_256"})
		must(t, "GenerateDataKey by the service", err)
		back, err := s3.itself(source...).decrypt(out.CiphertextBlob, nil)
		if err != nil || back != string(out.Plaintext) {
			t.Errorf("Decrypt by the service: %v", err)
		}
		denied := func(who, action string) string {
			return "AccessDeniedException: User: " + who + ".amazonaws.com is not authorized to perform: kms:" + action + " on "
		}
		const hidden = "this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
		_, err = s3.itself().GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: "AES_256"})
		wantOutcome(t, "for no bucket", err, denied("s3", "GenerateDataKey")+hidden)
		_, err = sqs.itself(source...).GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: "AES_256"})
		wantOutcome(t, "another service", err, denied("sqs", "GenerateDataKey")+hidden)
		_, err = s3.itself(source...).DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &arn})
		wantOutcome(t, "management, which is for the key's account", err, denied("s3", "DisableKey")+hidden)
		for _, name := range []string{key, "alias/x"} {
			_, err = s3.itself(source...).Encrypt(t.Context(), &kms.EncryptInput{KeyId: &name, Plaintext: []byte("x")})
			wantOutcome(t, "a key that is not named by its ARN", err, "InvalidArnException: Invalid arn "+name)
		}
		_, err = s3.itself().ListKeys(t.Context(), &kms.ListKeysInput{})
		wantOutcome(t, "ListKeys", err, "AccessDeniedException: User: s3.amazonaws.com is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy allows the kms:ListKeys action")
	})
}

// TestGrantIsForAWSResource: the condition key tells a service's grant from a user's.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
func TestGrantIsForAWSResource(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		alice, direct := newUser(t, srv, "alice")
		u := root(t, srv)
		key := u.key()
		must(t, "PutKeyPolicy", u.putPolicy(key, `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "kms:*", "Resource": "*"},
			{"Effect": "Allow", "Principal": {"AWS": "`+alice+`"}, "Action": "kms:CreateGrant", "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}]}`, false))
		create := &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: &alice, Operations: []types.GrantOperation{types.GrantOperationDecrypt}}
		_, err := direct.CreateGrant(t.Context(), create)
		wantOutcome(t, "CreateGrant by the user", err, "AccessDeniedException: User: "+alice+" is not authorized to perform: kms:CreateGrant on resource: "+
			u.keyARN(key)+" because no identity-based policy allows the kms:CreateGrant action")
		_, err = newService(t, srv, "ec2").forPrincipal(alice).CreateGrant(t.Context(), create)
		must(t, "CreateGrant by a service for the user", err)
		if _, err := direct.decrypt(u.encrypt(key, "text", nil), nil); err != nil {
			t.Errorf("Decrypt by the grant: %v", err)
		}
	})
}
