package kms

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/keypair"
)

// The errors that callers see, one constructor for each, in AWS's words. Modelled
// exceptions are the SDK's own types; an error of any other type reaches the caller as
// KMSInternalException without detail.
//
// Source: the "Errors" section of each operation in the API reference.

func errValidation(format string, args ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// errConstraint is a ValidationException in the form that the API model's own checks have.
func errConstraint(detail string) error {
	return errValidation("1 validation error detected: %s", detail)
}

// errAttestation says what is wrong with an attestation document. AWS's text is not known.
func errAttestation(err error) error {
	return errValidation("The attestation document is not valid: %v.", err)
}

func errNotAuthorized() error {
	return &smithy.GenericAPIError{Code: "NotAuthorizedException"}
}

func errInvalidKeyID(id string) error {
	return &types.NotFoundException{Message: new("Invalid keyId '" + id + "'")}
}

func errInvalidARNRegion(region string) error {
	return &types.NotFoundException{Message: new("Invalid arn " + region)}
}

func errInvalidARN(arn string) error {
	return &types.InvalidArnException{Message: new("Invalid arn " + arn)}
}

func errKeyNotFound(arn string) error {
	return &types.NotFoundException{Message: new("Key '" + arn + "' does not exist")}
}

// errUndecided denies what a condition would have to decide and can't.
func errUndecided(condition, why string) error {
	return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: why + ", and a policy has a condition on " + condition + "."}
}

func errAliasNotFound(arn string) error {
	return &types.NotFoundException{Message: new("Alias " + arn + " is not found.")}
}

func errAliasExists(arn string) error {
	return &types.AlreadyExistsException{Message: new("An alias with the name " + arn + " already exists")}
}

func errKeyExists(arn string) error {
	return &types.AlreadyExistsException{Message: new("Key '" + arn + "' already exists")}
}

func errNoSuchPolicy() error {
	return &types.NotFoundException{Message: new("No such policy exists")}
}

func errDisabled(arn string) error {
	return &types.DisabledException{Message: new(arn + " is disabled.")}
}

func errState(arn, is string) error {
	return &types.KMSInvalidStateException{Message: new(arn + " is " + is + ".")}
}

func errUsage(arn string, usage types.KeyUsageType, operation string) error {
	return &types.InvalidKeyUsageException{Message: new(fmt.Sprintf("%s key usage is %s which is not valid for %s.", arn, usage, operation))}
}

func errAlgorithm(algorithm string, spec types.KeySpec) error {
	return &types.InvalidKeyUsageException{Message: new(fmt.Sprintf("Algorithm %s is incompatible with key spec %s.", algorithm, spec))}
}

// errSpec says that a key of the right usage is of a spec that the operation does not take.
func errSpec(arn string, spec types.KeySpec, operation string) error {
	return &types.InvalidKeyUsageException{Message: new(fmt.Sprintf("%s key KeySpec is %s which is not valid for %s.", arn, spec, operation))}
}

func errLong(a types.EncryptionAlgorithmSpec, spec types.KeySpec, most int) error {
	return errValidation("Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", a, spec, most)
}

func errDigest(a types.SigningAlgorithmSpec) error {
	return errValidation("Digest is invalid length for algorithm %s.", a)
}

func errMessageType(t types.MessageType, a types.SigningAlgorithmSpec) error {
	return errValidation("MessageType %s is not valid for algorithm %s.", t, a)
}

func errSignature() error { return &types.KMSInvalidSignatureException{} }

func errMac() error { return &types.KMSInvalidMacException{} }

// errPeer refuses the public key of the other side.
func errPeer() error { return &smithy.GenericAPIError{Code: "ValidationException"} }

// errSymmetric refuses what only asymmetric keys can do.
func errSymmetric() error { return &types.UnsupportedOperationException{} }

// errFIPS refuses what the mode of GODEBUG=fips140=on excludes; why is of material.Refused.
func errFIPS(what any, why string) error {
	return errUnsupported("%v is not available in FIPS mode: %s.", what, why)
}

func errIncorrectKey() error {
	return &types.IncorrectKeyException{Message: new("The key ID in the request does not identify a CMK that can perform this operation.")}
}

func errCiphertext() error { return &types.InvalidCiphertextException{} }

func errDryRun() error {
	return &types.DryRunOperationException{Message: new("The request would have succeeded, but the DryRun option is set.")}
}

// errPair is what a call gets that found no turn to have an RSA key made.
func errPair(err error) error {
	if errors.Is(err, keypair.ErrBusy) {
		return errThrottling()
	}
	return fmt.Errorf("make key material: %w", err)
}

// errThrottling refuses what would take more of the processors than there is.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/throttling.html
func errThrottling() error {
	return &smithy.GenericAPIError{
		Code: "ThrottlingException", Message: "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
	}
}

func errGrantToken() error {
	return &types.InvalidGrantTokenException{Message: new("Invalid grant token.")}
}

func errGrantID(id string) error {
	return &types.InvalidGrantIdException{Message: new("Invalid grant ID " + id + ".")}
}

func errGrantNotFound(id string) error {
	return &types.NotFoundException{Message: new("Grant ID " + id + " not found")}
}

func errPrincipal(arn string) error {
	return &types.InvalidArnException{Message: new("ARN does not refer to a valid principal: " + arn)}
}

func errMarker() error {
	return &types.InvalidMarkerException{Message: new("Invalid marker.")}
}

func errLimit(format string, args ...any) error {
	return &types.LimitExceededException{Message: new(fmt.Sprintf(format, args...))}
}

func errTag(message string) error { return &types.TagException{Message: &message} }

func errPolicy(message string) error {
	return &types.MalformedPolicyDocumentException{Message: &message}
}

func errUnsupported(format string, args ...any) error {
	return &types.UnsupportedOperationException{Message: new(fmt.Sprintf(format, args...))}
}

func errImportToken() error { return &types.InvalidImportTokenException{} }

func errImportTokenExpired() error { return &types.ExpiredImportTokenException{} }

func errIncorrectMaterial() error { return &types.IncorrectKeyMaterialException{} }

func errMaterialNotFound(id string) error {
	return &types.NotFoundException{Message: new("Key material '" + id + "' does not exist")}
}

// errMaterialWaits says that the material id can't come while another waits.
func errMaterialWaits(arn, id, waiting string) error {
	return &types.KMSInvalidStateException{Message: new(fmt.Sprintf(
		"New key material (id: %s) cannot be imported into KMS key %s, because another key material (id: %s) is pending rotation.", id, arn, waiting))}
}

// errAliasTarget says that an alias can't move between keys that differ in what.
func errAliasTarget(name, what, from, to string) error {
	return errValidation("Alias %s cannot be changed from a CMK with %s %s to a CMK with %s %s. The %s of the current CMK and the new CMK must be the same.",
		name, what, from, what, to, strings.ToLower(what))
}
