// The constraints of the fields of key stores, as the API has them, so that a form can say what
// is wrong before it asks.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html

/** a check says what is wrong with a value, or nothing. */
type Check = (value: string) => string | undefined;

export const pathEnd = '/kms/xks/v1';

export const checkName: Check = (v) => (v === '' ? 'Enter a name for the key store.' : v.length > 256 ? 'A name has at most 256 characters.' : undefined);

export const checkEndpoint: Check = (v) =>
  v === '' ? 'Enter the proxy URI endpoint.'
  : !v.startsWith('https://') ? 'The endpoint begins with https://.'
  : /^https:\/\/[^/]*:/.test(v) ? 'The endpoint has no port: KMS uses 443.'
  : /^https:\/\/[^/]*\//.test(v) ? 'The endpoint has no path and does not end in a slash. The path has fields of its own.'
  : !/^https:\/\/[a-zA-Z0-9.-]+$/.test(v) ? 'After https:// the endpoint has a host name: letters, digits, periods and hyphens only.'
  : v.length < 10 || v.length > 128 ? 'The endpoint has 10 to 128 characters.'
  : undefined;

export const checkPrefix: Check = (v) =>
  v === '' ? undefined
  : !v.startsWith('/') ? 'The prefix begins with a slash.'
  : v.endsWith('/') ? 'The prefix does not end in a slash.'
  : v.endsWith(pathEnd) ? `Leave out ${pathEnd}: it is added to the prefix.`
  : !/^\/[a-zA-Z0-9/_-]+$/.test(v) ? 'The prefix has letters, digits, slashes, underscores and hyphens only.'
  : v.length + pathEnd.length > 128 ? `The prefix has at most ${128 - pathEnd.length} characters.`
  : undefined;

export const checkAccessKeyId: Check = (v) =>
  v === '' ? 'Enter the access key ID.'
  : !/^[A-Z2-7]*$/.test(v) ? 'An access key ID has capital letters and the digits 2 to 7 only.'
  : v.length < 20 || v.length > 30 ? `An access key ID has 20 to 30 characters. This one has ${v.length}.`
  : undefined;

export const checkSecret: Check = (v) =>
  v === '' ? 'Enter the secret access key.'
  : !/^[a-zA-Z0-9/+=]*$/.test(v) ? 'A secret access key has letters, digits, and /, + and = only.'
  : v.length < 43 || v.length > 64 ? `A secret access key has 43 to 64 characters. This one has ${v.length}.`
  : undefined;

export const checkServiceName: Check = (v) =>
  v === '' ? 'Enter the name of the VPC endpoint service.'
  : v.length < 20 || v.length > 64 ? 'The name has 20 to 64 characters.'
  : !/^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/.test(v) ? 'The name looks like com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0.'
  : undefined;

export const checkOwner: Check = (v) => (v !== '' && !/^\d{12}$/.test(v) ? 'An account ID has 12 digits.' : undefined);

export const checkPassword: Check = (v) =>
  v === '' ? 'Enter the password of kmsuser.'
  : v.length < 7 || v.length > 32 ? 'The password of kmsuser has 7 to 32 characters.'
  : !/^[a-zA-Z0-9]+$/.test(v) ? 'The password of kmsuser has letters and digits only.'
  : undefined;

export const checkTrustAnchor: Check = (v) =>
  v.trim() === '' ? 'Upload or paste the trust anchor certificate, customerCA.crt.'
  : v.length > 5000 ? 'The certificate has at most 5,000 characters.'
  : /PRIVATE KEY/.test(v) ? 'This is a private key. Upload the certificate, customerCA.crt; the key stays with you.'
  : /CERTIFICATE REQUEST/.test(v) ? 'This is a certificate signing request. Upload the certificate, customerCA.crt.'
  : !/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(v) ? 'This is not a certificate in PEM format: it begins with -----BEGIN CERTIFICATE-----.'
  : (v.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length > 1 ? 'There is more than one certificate. Keep that of customerCA.crt only.'
  : undefined;
