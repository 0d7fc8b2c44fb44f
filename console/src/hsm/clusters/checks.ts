// What CloudHSM takes for a new cluster.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_CreateCluster.html

export const types = ['hsm2m.medium', 'hsm1.medium'];

export function checkSubnets(subnets: readonly string[]): (string | undefined)[] {
  return subnets.map((s, i) =>
    s === '' ? 'Enter the ID of a subnet.'
    : !/^subnet-[0-9a-fA-F]{8,17}$/.test(s) ? 'A subnet ID is subnet- and 8 to 17 hexadecimal digits.'
    : subnets.indexOf(s) !== i ? 'This subnet is there already: name one for each Availability Zone.'
    : undefined,
  );
}

/** checkRetention: backups are kept for 7 to 379 days. */
export const checkRetention = (days: string) => (/^\d+$/.test(days) && Number(days) >= 7 && Number(days) <= 379 ? undefined : 'Enter a number of days between 7 and 379.');

export const isCertificate = (text: string) => /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text);

/** checkCertificate says what is wrong with a certificate that is pasted or uploaded. */
export const checkCertificate = (text: string, what: string) =>
  text.trim() === '' ? `Upload or paste ${what}.`
  : text.length > 20_000 ? 'A certificate has at most 20,000 characters.'
  : /PRIVATE KEY/.test(text) ? 'This is a private key. It stays with you: upload the certificate.'
  : /CERTIFICATE REQUEST/.test(text) ? 'This is the certificate signing request. Upload the certificate that you signed with it.'
  : !isCertificate(text) ? 'This is not a certificate in PEM format: it begins with -----BEGIN CERTIFICATE-----.'
  : undefined;
