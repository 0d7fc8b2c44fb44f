package kms

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// The errors of custom key stores.
//
// Source: the "Errors" sections of CreateCustomKeyStore, UpdateCustomKeyStore, ConnectCustomKeyStore,
// DisconnectCustomKeyStore, DeleteCustomKeyStore and CreateKey in the API reference.

func errStoreNotFound(id string) error {
	return &types.CustomKeyStoreNotFoundException{Message: new("Custom key store " + id + " is not found.")}
}

// errStoreState says that a store is in a state in which it can't do what is asked of it; so
// ends the sentence "Custom key store ID is …".
func errStoreState(ks *keyStore, so string) error {
	return &types.CustomKeyStoreInvalidStateException{Message: new(fmt.Sprintf("Custom key store %s is %s.", ks.id, so))}
}

func errStoreName(name string) error {
	return &types.CustomKeyStoreNameInUseException{Message: new("The custom key store name " + name + " is already in use.")}
}

func errStoreHasKeys(id string) error {
	return &types.CustomKeyStoreHasCMKsException{Message: new("Custom key store " + id + " contains KMS keys.")}
}
