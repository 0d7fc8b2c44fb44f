package kms

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// storeParameters are the requestParameters of the records of CreateCustomKeyStore and
// UpdateCustomKeyStore: without secrets and certificates, and with CloudTrail's own name for the
// cluster.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-create-custom-key-store.html
type storeParameters struct {
	ID           *string                        `json:"customKeyStoreId,omitempty"`
	Name         *string                        `json:"customKeyStoreName,omitempty"`
	NewName      *string                        `json:"newCustomKeyStoreName,omitempty"`
	Type         types.CustomKeyStoreType       `json:"customKeyStoreType,omitempty"`
	ClusterID    *string                        `json:"clusterId,omitempty"`
	Connectivity types.XksProxyConnectivityType `json:"xksProxyConnectivity,omitempty"`
	Endpoint     *string                        `json:"xksProxyUriEndpoint,omitempty"`
	Path         *string                        `json:"xksProxyUriPath,omitempty"`
	ServiceName  *string                        `json:"xksProxyVpcEndpointServiceName,omitempty"`
	ServiceOwner *string                        `json:"xksProxyVpcEndpointServiceOwner,omitempty"`
}

func (p storeParameters) json() []byte {
	b, _ := json.Marshal(p) // of strings only
	return b
}

func createdParameters(in *kms.CreateCustomKeyStoreInput) storeParameters {
	return storeParameters{
		Name: in.CustomKeyStoreName, Type: in.CustomKeyStoreType, ClusterID: in.CloudHsmClusterId,
		Connectivity: in.XksProxyConnectivity, Endpoint: in.XksProxyUriEndpoint, Path: in.XksProxyUriPath,
		ServiceName: in.XksProxyVpcEndpointServiceName, ServiceOwner: in.XksProxyVpcEndpointServiceOwner,
	}
}

func updatedParameters(in *kms.UpdateCustomKeyStoreInput) storeParameters {
	return storeParameters{
		ID: in.CustomKeyStoreId, NewName: in.NewCustomKeyStoreName, ClusterID: in.CloudHsmClusterId,
		Connectivity: in.XksProxyConnectivity, Endpoint: in.XksProxyUriEndpoint, Path: in.XksProxyUriPath,
		ServiceName: in.XksProxyVpcEndpointServiceName, ServiceOwner: in.XksProxyVpcEndpointServiceOwner,
	}
}

// noteKeyStore puts the store that a call is about into its record, as it was before the call.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-connect-keystore.html
func noteKeyStore(c *iam.Caller, ks *keyStore) {
	c.Event.AdditionalEventData = append(c.Event.AdditionalEventData, cloudtrail.Field{Name: "customKeyStoreName", Value: ks.Name})
	if ks.Cluster != nil {
		c.Event.AdditionalEventData = append(c.Event.AdditionalEventData, cloudtrail.Field{Name: "clusterId", Value: ks.Cluster.ID})
	}
}
