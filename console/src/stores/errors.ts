// What is wrong when a key store does not connect or can't be made, in plain words, and what to
// do about it. The codes are those of DescribeCustomKeyStores and of the exceptions of the API.
//
// Sources: https://docs.aws.amazon.com/kms/latest/developerguide/fix-keystore.html;
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
import type { StoreType } from './words.ts';

export interface Explained {
  what: string;
  remedy: string;
}

const again = 'Then disconnect the key store and connect it again.';

const both: Record<string, Explained> = {
  INTERNAL_ERROR: { what: 'KMS could not connect the key store because of an error of its own.', remedy: `The log of the server has the cause. ${again}` },
};

const ofHsms: Record<string, Explained> = {
  CLUSTER_NOT_FOUND: {
    what: 'There is no CloudHSM cluster with this ID any more.',
    remedy: 'Create a cluster from a backup of the old one. Disconnect the key store, edit it to have the new cluster, and connect it.',
  },
  INSUFFICIENT_CLOUDHSM_HSMS: { what: 'The CloudHSM cluster has no active HSM.', remedy: `Add an HSM to the cluster, better two in different Availability Zones. ${again}` },
  INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET: {
    what: 'A private subnet of the CloudHSM cluster has no free IP address.',
    remedy: `Free an address in each subnet, or create a cluster with larger subnets from a backup and edit the key store to have it. ${again}`,
  },
  INVALID_CREDENTIALS: {
    what: 'The key store has another password than kmsuser has in the CloudHSM cluster.',
    remedy: 'Change the password of kmsuser in the cluster: keystead hsm users change-password. Disconnect the key store, edit it to have the same password, and connect it.',
  },
  NETWORK_ERRORS: {
    what: 'The HSMs of the cluster do not answer.',
    remedy: `Often this passes. Check that the driver keystead-hsm is beside keystead on each node and that the HSMs can be reached. ${again}`,
  },
  SUBNET_NOT_FOUND: {
    what: 'A subnet of the CloudHSM cluster does not exist any more.',
    remedy: 'Create a cluster from a backup. Disconnect the key store, edit it to have the new cluster, and connect it.',
  },
  USER_LOCKED_OUT: {
    what: 'kmsuser is locked out of the CloudHSM cluster after five logins that failed.',
    remedy: 'Change the password of kmsuser in the cluster: keystead hsm users change-password. Disconnect the key store, edit it to have the same password, and connect it.',
  },
  USER_LOGGED_IN: {
    what: 'kmsuser is logged in to the CloudHSM cluster, so that KMS can neither log in nor change its password.',
    remedy: `Log kmsuser out: keystead hsm users list says who has it. If its password was changed, edit the key store to have the new one. ${again}`,
  },
  USER_NOT_FOUND: {
    what: 'The CloudHSM cluster has no user kmsuser.',
    remedy: 'Create it: keystead hsm users create. Disconnect the key store, edit it to have the password, and connect it.',
  },
};

const ofProxies: Record<string, Explained> = {
  INVALID_CREDENTIALS: {
    what: 'The external key store proxy does not accept the proxy authentication credential.',
    remedy: 'Give both sides the same access key ID and secret access key: edit the key store, or change the proxy. Clocks that differ by more than five minutes look the same. Then disconnect the key store and connect it again.',
  },
  NETWORK_ERRORS: { what: 'The network keeps KMS from reaching the external key store proxy.', remedy: `Check the network and name resolution between KMS and the proxy. ${again}` },
  XKS_PROXY_ACCESS_DENIED: {
    what: 'The external key store proxy refuses requests of KMS.',
    remedy: `Check the proxy's own authorization rules: health checks must not be refused. ${again}`,
  },
  XKS_PROXY_INVALID_CONFIGURATION: {
    what: 'The configuration of the key store does not fit the proxy, most often its URI path.',
    remedy: 'Compare the proxy URI path, with its prefix, with what the proxy serves, and edit the key store. Then disconnect the key store and connect it again.',
  },
  XKS_PROXY_INVALID_RESPONSE: {
    what: 'KMS cannot interpret the answer of the external key store proxy.',
    remedy: `Check that it is an XKS proxy that answers at this endpoint; if it is, tell whoever runs or makes it. ${again}`,
  },
  XKS_PROXY_INVALID_TLS_CONFIGURATION: {
    what: 'KMS cannot establish a TLS connection to the external key store proxy.',
    remedy: `The proxy needs TLS 1.2 or 1.3 and a certificate that is not expired, names the host of the endpoint, and was issued by an authority that this server trusts. ${again}`,
  },
  XKS_PROXY_NOT_REACHABLE: {
    what: 'KMS cannot communicate with the external key store proxy, or the proxy cannot reach its external key manager.',
    remedy: `Check that the proxy is running, that the endpoint and path are right, and that the network lets KMS reach it. If the proxy answers, check that at least one instance of its external key manager is healthy. ${again}`,
  },
  XKS_PROXY_TIMED_OUT: {
    what: 'The external key store proxy did not answer within 250 milliseconds.',
    remedy: `Try again; if it stays so, the proxy is too far away or its external key manager too slow. ${again}`,
  },
  XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION: {
    what: 'The VPC endpoint service does not meet the requirements of an external key store.',
    remedy: `It needs a network load balancer in two Availability Zones, must not require acceptance, and needs a verified private DNS name that is the host of the proxy URI endpoint. ${again}`,
  },
  XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND: {
    what: 'KMS does not find the VPC endpoint service, or is not allowed to use it.',
    remedy: `Check its name and Region, and that the KMS service principal of this Region, cks.kms.REGION.amazonaws.com, is among its allowed principals. ${again}`,
  },
};

/** explainConnection says what a ConnectionErrorCode means and what to do about it. */
export function explainConnection(code: string, type: StoreType): Explained {
  return (
    (type === 'AWS_CLOUDHSM' ? ofHsms : ofProxies)[code] ??
    both[code] ?? { what: `The key store could not be connected: ${code}.`, remedy: `The log of the server may have the cause. ${again}` }
  );
}

const exceptions: Record<string, Explained> = {
  CloudHsmClusterInUseException: {
    what: 'The cluster, or one that shares a backup history with it, belongs to another key store of this account.',
    remedy: 'Choose another cluster, or use the key store that there is.',
  },
  CloudHsmClusterInvalidConfigurationException: {
    what: 'The cluster is not as a key store needs it.',
    remedy: 'It needs at least two active HSMs in different Availability Zones (to connect: one), private subnets in two zones, and its security group.',
  },
  CloudHsmClusterNotActiveException: { what: 'The cluster is not active.', remedy: 'Initialize the cluster and activate it, then try again.' },
  CloudHsmClusterNotFoundException: { what: 'There is no cluster with this ID in this account and Region.', remedy: 'Choose a cluster of the list, or create one.' },
  CloudHsmClusterNotRelatedException: {
    what: 'The cluster does not share a backup history with the cluster that the key store has.',
    remedy: 'Choose a cluster that was created from a backup of it. For any other cluster, create another key store.',
  },
  CustomKeyStoreHasCMKsException: {
    what: 'There are KMS keys in the key store, or keys whose waiting period has not ended.',
    remedy: 'Schedule the deletion of all its keys, and delete the key store when they are deleted. To stop the use of its keys meanwhile, disconnect it.',
  },
  CustomKeyStoreInvalidStateException: {
    what: 'The key store is in a connection state that does not allow this.',
    remedy:
      'A failed key store must be disconnected before it is connected. To delete a key store, or to change more than its name (of an external one also path and credential), disconnect it. To create a key in it, connect it. If it is connected, its proxy did not answer as it should.',
  },
  CustomKeyStoreNameInUseException: { what: 'Another key store of this account and Region has this name.', remedy: 'Choose another name.' },
  CustomKeyStoreNotFoundException: { what: 'There is no key store with this ID any more.', remedy: 'Return to the list of key stores and refresh it.' },
  IncorrectTrustAnchorException: {
    what: 'The certificate is not the trust anchor of the cluster.',
    remedy: 'Upload customerCA.crt: the certificate with which the cluster’s certificate signing request was signed.',
  },
  KMSInternalException: { what: 'KMS had an error of its own.', remedy: 'Try again. The log of the server has the cause.' },
  LimitExceededException: { what: 'An account has at most ten key stores in a Region, of both types together.', remedy: 'Delete a key store that you do not need.' },
  XksProxyIncorrectAuthenticationCredentialException: {
    what: 'The proxy does not accept the access key ID or the signature made with the secret access key.',
    remedy: 'Enter the credential that the proxy has. Clocks that differ by more than five minutes look the same.',
  },
  XksProxyInvalidConfigurationException: {
    what: 'The proxy does not serve this path, or is configured in a way that does not fit.',
    remedy: 'Check the path prefix: the whole path is PREFIX/kms/xks/v1.',
  },
  XksProxyInvalidResponseException: {
    what: 'KMS cannot interpret the answer of the proxy, or the proxy had an error of its own.',
    remedy: 'Check that it is an XKS proxy that answers at this endpoint, and look into its log.',
  },
  XksProxyUriEndpointInUseException: {
    what: 'Another key store uses this endpoint in a way that excludes this one.',
    remedy: 'A key store that is reached through a VPC endpoint service has its endpoint for itself. Use another endpoint.',
  },
  XksProxyUriInUseException: { what: 'Another key store of this account and Region has the same endpoint and path.', remedy: 'Use another path prefix, or that key store.' },
  XksProxyUriUnreachableException: {
    what: 'KMS cannot communicate with the proxy, or no instance of its external key manager is available.',
    remedy: 'Check that the proxy is running, that the endpoint is right, that its certificate is valid for the host, and that it answers within 250 milliseconds.',
  },
  XksProxyVpcEndpointServiceInUseException: { what: 'Another key store uses this VPC endpoint service.', remedy: 'Each external key store needs a VPC endpoint service of its own.' },
  XksProxyVpcEndpointServiceInvalidConfigurationException: ofProxies.XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION,
  XksProxyVpcEndpointServiceNotFoundException: ofProxies.XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND,
  UnsupportedOperationException: { what: 'The server was not set up for this type of key store.', remedy: 'Whoever runs it can allow it in the configuration.' },
};

const withoutReconnect = (e: Explained): Explained => ({ what: e.what, remedy: e.remedy.replace(` ${again}`, '') });

/** explainException says what an exception of the API of key stores means; undefined for others. */
export function explainException(code: string): Explained | undefined {
  const e = Object.hasOwn(exceptions, code) ? exceptions[code] : undefined;
  return e && withoutReconnect(e);
}
