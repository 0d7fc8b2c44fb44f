"""What a Python program does as a role: it finds its credentials by itself."""

import os
import unittest

import boto3
import botocore.session
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
KEY = os.environ["KEY_ID"]


class Session(botocore.session.Session):
    """Does what AWS_ENDPOINT_URL does, which Debian's botocore is too old to know.

    The chain of credential providers makes its client of STS here as well.
    """

    def create_client(self, service_name, *args, **kwargs):
        kwargs["endpoint_url"] = kwargs.get("endpoint_url") or ENDPOINT
        return super().create_client(service_name, *args, **kwargs)


class Roles(unittest.TestCase):
    def test_role(self):
        session = boto3.Session(botocore_session=Session())
        want = os.environ["WANT_ARN"]
        self.assertEqual(session.client("sts").get_caller_identity()["Arn"], want)
        kms = session.client("kms")
        blob = kms.encrypt(KeyId=KEY, Plaintext=b"hello")["CiphertextBlob"]
        self.assertEqual(kms.decrypt(CiphertextBlob=blob)["Plaintext"], b"hello")
        with self.assertRaises(ClientError) as caught:
            kms.disable_key(KeyId=KEY)
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], "AccessDeniedException")
        self.assertIn(f"User: {want} is not authorized to perform: kms:DisableKey", error["Message"])


if __name__ == "__main__":
    unittest.main()
