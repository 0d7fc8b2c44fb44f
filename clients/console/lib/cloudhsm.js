// Calls of the CloudHSM v2 API. npm's registry has its client in a version that fits the others
// badly; the protocol is JSON in a signed POST.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";

import { SignatureV4 } from "@smithy/signature-v4";

class Sha256 {
  constructor(key) {
    this.h = key ? createHmac("sha256", key) : createHash("sha256");
  }
  update(data) {
    this.h.update(data);
  }
  async digest() {
    return this.h.digest();
  }
}

export async function cloudhsm(operation, input, { url, credentials, region = "us-east-1" }) {
  const { hostname, host, port } = new URL(url);
  const signer = new SignatureV4({ service: "cloudhsm", region, credentials, sha256: Sha256 });
  const request = await signer.sign({
    method: "POST", protocol: "http:", hostname, port, path: "/", query: {}, body: JSON.stringify(input),
    headers: { host, "content-type": "application/x-amz-json-1.1", "x-amz-target": `BaldrApiService.${operation}` },
  });
  const res = await fetch(`${url}/`, { method: "POST", headers: request.headers, body: request.body });
  const text = await res.text();
  assert.equal(res.status, 200, `${operation}: ${text}`);
  return JSON.parse(text);
}
