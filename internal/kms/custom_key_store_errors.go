package kms

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// The errors of custom key stores. AWS's own texts are not published; these say what the API
// reference gives as the cause.
//
// Source: the "Errors" sections of CreateCustomKeyStore, UpdateCustomKeyStore, ConnectCustomKeyStore,
// DisconnectCustomKeyStore, DeleteCustomKeyStore and CreateKey in the API reference.

func errStoreNotFound(id string) error {
	return &types.CustomKeyStoreNotFoundException{Message: new("Custom key store " + id + " is not found.")}
}

// errStoreState says that the state of a store is not one in which it can do what was asked.
func errStoreState(ks *keyStore, todo string) error {
	return &types.CustomKeyStoreInvalidStateException{Message: new(fmt.Sprintf("Custom key store %s is %s and cannot %s.", ks.id, strings.ToLower(string(ks.State)), todo))}
}

// errOtherCluster says that a store has another cluster than the one where a key was made.
func errOtherCluster(ks, made *keyStore) error {
	return &types.CustomKeyStoreInvalidStateException{Message: new(fmt.Sprintf("Custom key store %s was associated with the CloudHSM cluster %s while the KMS key was created in %s.", ks.id, ks.Cluster.ID, made.Cluster.ID))}
}

func errStoreName(name string) error {
	return &types.CustomKeyStoreNameInUseException{Message: new("The custom key store name " + name + " is already in use in this account and Region.")}
}

func errStoreHasKeys(id string) error {
	return &types.CustomKeyStoreHasCMKsException{Message: new("Custom key store " + id + " contains KMS keys. Schedule their deletion, and delete the custom key store when they are deleted.")}
}

func errClusterNotFound(id string) error {
	return &types.CloudHsmClusterNotFoundException{Message: new("The CloudHSM cluster " + id + " is not found.")}
}

func errClusterNotActive(id, state string) error {
	return &types.CloudHsmClusterNotActiveException{Message: new("The CloudHSM cluster " + id + " is not active: its state is " + state + ". Initialize and activate it.")}
}

func errClusterInUse(id string) error {
	return &types.CloudHsmClusterInUseException{Message: new("The CloudHSM cluster " + id + ", or one with which it shares a backup history, is already associated with a custom key store in this account and Region.")}
}

func errClusterConfiguration(id, why string) error {
	return &types.CloudHsmClusterInvalidConfigurationException{Message: new("The CloudHSM cluster " + id + " does not meet the requirements of a custom key store: " + why + ".")}
}

func errClusterNotRelated(id, original string) error {
	return &types.CloudHsmClusterNotRelatedException{Message: new("The CloudHSM cluster " + id + " does not share a backup history with the cluster " + original + ".")}
}

func errTrustAnchor(id string) error {
	return &types.IncorrectTrustAnchorException{Message: new("The certificate is not the trust anchor of the CloudHSM cluster " + id + ".")}
}

func errProxyURI() error {
	return &types.XksProxyUriInUseException{Message: new("The XksProxyUriEndpoint and XksProxyUriPath are already in use by another external key store in this account and Region.")}
}

// errProxyEndpoint says why two stores can't have the same endpoint.
func errProxyEndpoint(why string) error {
	return &types.XksProxyUriEndpointInUseException{Message: new("The XksProxyUriEndpoint is already in use by another external key store in this Region: " + why + ".")}
}

func errProxyService(name string) error {
	return &types.XksProxyVpcEndpointServiceInUseException{Message: new("The VPC endpoint service " + name + " is already in use by another external key store in this Region.")}
}

func isStoreNotFound(err error) bool {
	_, ok := errors.AsType[*types.CustomKeyStoreNotFoundException](err)
	return ok
}

func isClusterNotFound(err error) bool {
	_, ok := errors.AsType[*types.CloudHsmClusterNotFoundException](err)
	return ok
}

// errNoClusters and errNoExternal refuse what the server was not set up for.
func errNoClusters() error { return errUnsupported("This server has no CloudHSM clusters.") }

func errNoExternal() error { return errUnsupported("This server has no external key stores.") }
