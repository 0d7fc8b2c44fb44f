// What an OpenID Connect provider may be called.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html

export function urlError(text: string): string | undefined {
  if (!text) return 'Enter a URL.';
  if (!/^https:\/\/[^\s?#@\\%/]+(\/[^\s?#@\\%]*)?$/.test(text)) return 'Enter a URL that begins with https://, without a query.';
  return text.length > 255 ? 'A URL has at most 255 characters.' : undefined;
}

export const audienceError = (text: string) => (!text ? 'Enter an audience.' : text.length > 255 ? 'An audience has at most 255 characters.' : undefined);

export const thumbprintError = (text: string) => (!text || /^[0-9A-Fa-f]{40}$/.test(text) ? undefined : 'A thumbprint has 40 hexadecimal digits: the SHA-1 hash of a certificate.');

/** hostOf is a provider's URL without its scheme, as its ARN has it. */
export const hostOf = (arn: string) => arn.slice(arn.indexOf('oidc-provider/') + 'oidc-provider/'.length);
