"""What a Python program does with an external key store, by boto3."""

import os
import time
import unittest

import boto3

# Debian's boto3 is too old to know AWS_ENDPOINT_URL.
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


class ExternalKeyStore(unittest.TestCase):
    def setUp(self):
        self.kms = boto3.client("kms", endpoint_url=ENDPOINT)

    def state(self, store, want):
        """Waits for a connection state."""
        for _ in range(600):
            entry = self.kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"][0]
            if entry["ConnectionState"] == want:
                return entry
            self.assertNotEqual("FAILED", entry["ConnectionState"], entry.get("ConnectionErrorCode"))
            time.sleep(0.1)
        self.fail(f"the key store does not become {want}")

    def create(self, name, secret):
        return self.kms.create_custom_key_store(
            CustomKeyStoreName=name,
            CustomKeyStoreType="EXTERNAL_KEY_STORE",
            XksProxyConnectivity="PUBLIC_ENDPOINT",
            XksProxyUriEndpoint=os.environ["PROXY_ENDPOINT"],
            XksProxyUriPath=os.environ["PROXY_PATH"],
            XksProxyAuthenticationCredential={"AccessKeyId": os.environ["PROXY_ACCESS_KEY_ID"], "RawSecretAccessKey": secret},
        )["CustomKeyStoreId"]

    def test_life(self):
        kms, secret = self.kms, os.environ["PROXY_SECRET"]
        with self.assertRaises(kms.exceptions.XksProxyIncorrectAuthenticationCredentialException):
            self.create("wrong", "A" * 43)
        store = self.create("store", secret)
        with self.assertRaises(kms.exceptions.CustomKeyStoreNameInUseException):
            self.create("store", secret)
        with self.assertRaises(kms.exceptions.XksProxyUriInUseException):
            self.create("other", secret)
        with self.assertRaises(kms.exceptions.CustomKeyStoreInvalidStateException):
            kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="one")
        kms.connect_custom_key_store(CustomKeyStoreId=store)
        entry = self.state(store, "CONNECTED")
        self.assertEqual(os.environ["PROXY_PATH"], entry["XksProxyConfiguration"]["UriPath"])
        self.assertNotIn(secret, str(entry))

        keys = [kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=k)["KeyMetadata"] for k in ("one", "two")]
        self.assertEqual(["one", "two"], [k["XksKeyConfiguration"]["Id"] for k in keys])
        plaintext, context = os.urandom(4096), {"purpose": "test"}
        blob = kms.encrypt(KeyId=keys[0]["Arn"], Plaintext=plaintext, EncryptionContext=context)["CiphertextBlob"]
        self.assertEqual(plaintext, kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"])
        moved = kms.re_encrypt(
            CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=keys[1]["Arn"], DestinationEncryptionContext=context
        )["CiphertextBlob"]
        answer = kms.decrypt(CiphertextBlob=moved, EncryptionContext=context)
        self.assertEqual((keys[1]["Arn"], plaintext), (answer["KeyId"], answer["Plaintext"]))
        with self.assertRaises(kms.exceptions.UnsupportedOperationException):
            kms.enable_key_rotation(KeyId=keys[0]["KeyId"])

        kms.disconnect_custom_key_store(CustomKeyStoreId=store)
        self.state(store, "DISCONNECTED")
        self.assertEqual("Unavailable", kms.describe_key(KeyId=keys[0]["KeyId"])["KeyMetadata"]["KeyState"])
        with self.assertRaisesRegex(kms.exceptions.KMSInvalidStateException, "is not connected"):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
        with self.assertRaises(kms.exceptions.CustomKeyStoreHasCMKsException):
            kms.delete_custom_key_store(CustomKeyStoreId=store)
        kms.connect_custom_key_store(CustomKeyStoreId=store)
        self.state(store, "CONNECTED")
        self.assertEqual(plaintext, kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"])


if __name__ == "__main__":
    unittest.main()
