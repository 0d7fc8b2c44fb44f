"""A storage service: it keeps objects for users, encrypted under the AWS managed key of their account."""

import os
import sys
import unittest

import boto3
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ROOT = "arn:aws:iam::000000000000:root"


def client(service, key=None):
    if key is None:  # the root user of the environment
        return boto3.client(service, endpoint_url=ENDPOINT)
    return boto3.client(service, endpoint_url=ENDPOINT, aws_access_key_id=key[0], aws_secret_access_key=key[1], region_name="us-east-1")


class Storage:
    """What a service does: it signs with its own access key, and names the user in a header that is signed too."""

    def __init__(self, key):
        self.kms = client("kms", key)
        self.user = None
        self.objects = {}
        self.kms.meta.events.register("before-call.kms", self.name_user)

    def name_user(self, params, **_):
        if self.user is not None:
            params["headers"]["X-Keystead-Principal"] = self.user

    def put(self, user, name, content):
        self.user = user
        answer = self.kms.encrypt(KeyId="alias/aws/s3", Plaintext=content, EncryptionContext={"object": name})
        self.objects[name] = answer["CiphertextBlob"]
        return answer["KeyId"]

    def get(self, user, name):
        self.user = user
        return self.kms.decrypt(CiphertextBlob=self.objects[name], EncryptionContext={"object": name})["Plaintext"]


class StorageService(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        iam = client("iam")
        cls.alice = iam.create_user(UserName="alice")["User"]["Arn"]
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        cls.alice_kms = client("kms", (key["AccessKeyId"], key["SecretAccessKey"]))
        cls.s3, cls.backup = Storage(SERVICES["s3"]), Storage(SERVICES["backup"])

    def denied(self, call, *args, **more):
        with self.assertRaises(ClientError) as e:
            call(*args, **more)
        self.assertEqual(e.exception.response["Error"]["Code"], "AccessDeniedException")
        return e.exception.response["Error"]["Message"]

    def test_objects(self):
        key = self.s3.put(self.alice, "bucket/a", b"text")
        self.assertEqual(self.s3.get(self.alice, "bucket/a"), b"text")
        self.assertEqual(self.s3.get(ROOT, "bucket/a"), b"text")  # the service's own rules keep users apart
        meta = client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
        self.assertEqual((meta["Arn"], meta["KeyManager"]), (key, "AWS"))

        blob, context = self.s3.objects["bucket/a"], {"object": "bucket/a"}
        for kms in [self.alice_kms, client("kms")]:
            self.denied(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context)
            self.denied(kms.encrypt, KeyId=key, Plaintext=b"x")
        self.backup.objects["bucket/a"] = blob
        self.denied(self.backup.get, self.alice, "bucket/a")
        self.denied(self.s3.get, None, "bucket/a")  # the service by itself
        self.denied(self.s3.get, "arn:aws:iam::000000000000:user/nobody", "bucket/a")

    def test_users_are_no_services(self):
        storage = Storage(SERVICES["s3"])
        storage.put(self.alice, "bucket/b", b"text")
        storage.kms = client("kms")  # the root user, who claims to be a service
        storage.kms.meta.events.register("before-call.kms", storage.name_user)
        self.assertIn("is no service principal", self.denied(storage.get, self.alice, "bucket/b"))

    def test_nothing_is_managed(self):
        self.s3.put(self.alice, "bucket/c", b"text")
        self.s3.user = ROOT
        mine = client("kms").create_key()["KeyMetadata"]["KeyId"]
        self.assertIn("service control policy", self.denied(self.s3.kms.disable_key, KeyId=mine))
        self.assertIn("service control policy", self.denied(self.s3.kms.put_key_policy, KeyId=mine, PolicyName="default", Policy="{}"))


SERVICES = {"s3": sys.argv[1:3], "backup": sys.argv[3:5]}

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + ["--verbose"])
