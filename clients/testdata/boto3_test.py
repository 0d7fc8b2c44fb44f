"""What a Python program does with boto3, told only by its environment."""

import os
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.exceptions import ClientError

# Debian's boto3 is too old to know AWS_ENDPOINT_URL.
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
DELETE_SOON = {"PendingWindowInDays": 7}  # the least that AWS takes


def client(service, **more):
    return boto3.client(service, endpoint_url=ENDPOINT, **more)


class KMS(unittest.TestCase):
    def setUp(self):
        self.kms = client("kms")
        self.key = self.kms.create_key(Description=self.id())["KeyMetadata"]["KeyId"]

    def test_paginators(self):
        made = {self.key} | {self.kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(6)}
        names = {f"alias/{self.key}/{i}" for i in range(7)}
        for name in names:
            self.kms.create_alias(AliasName=name, TargetKeyId=self.key)
        tags = {f"tag {i}": "ü" * i for i in range(7)}
        self.kms.tag_resource(KeyId=self.key, Tags=[{"TagKey": k, "TagValue": v} for k, v in tags.items()])

        def everything(operation, member, **args):
            pages = list(self.kms.get_paginator(operation).paginate(PaginationConfig={"PageSize": 3}, **args))
            self.assertGreater(len(pages), 2)
            self.assertTrue(all(len(p[member]) <= 3 for p in pages))
            return [x for p in pages for x in p[member]]

        keys = [k["KeyId"] for k in everything("list_keys", "Keys")]
        self.assertLessEqual(made, set(keys))
        self.assertEqual(len(keys), len(set(keys)), "a key is on two pages")
        self.assertLessEqual(names, {a["AliasName"] for a in everything("list_aliases", "Aliases")})
        self.assertEqual(names, {a["AliasName"] for a in everything("list_aliases", "Aliases", KeyId=self.key)})
        got = everything("list_resource_tags", "Tags", KeyId=self.key)
        self.assertEqual(tags, {t["TagKey"]: t["TagValue"] for t in got})

    def test_grants(self):
        root = "arn:aws:iam::000000000000:root"
        grant = {"KeyId": self.key, "GranteePrincipal": root, "RetiringPrincipal": root, "Operations": ["Encrypt", "Decrypt"]}
        made = {self.kms.create_grant(**grant)["GrantId"] for _ in range(7)}
        again = [self.kms.create_grant(**grant, Name="n")["GrantId"] for _ in range(2)]
        self.assertEqual(*again)
        pages = list(self.kms.get_paginator("list_grants").paginate(KeyId=self.key, PaginationConfig={"PageSize": 3}))
        self.assertEqual([3, 3, 2], [len(p["Grants"]) for p in pages])
        self.assertEqual(made | set(again), {g["GrantId"] for p in pages for g in p["Grants"]})
        mine = self.kms.get_paginator("list_retirable_grants").paginate(RetiringPrincipal=root, PaginationConfig={"PageSize": 3})
        self.assertLessEqual(made, {g["GrantId"] for p in mine for g in p["Grants"]})
        with self.assertRaises(self.kms.exceptions.InvalidGrantTokenException):
            self.kms.encrypt(KeyId=self.key, Plaintext=b"x", GrantTokens=["garbage"])
        with self.assertRaises(self.kms.exceptions.InvalidGrantIdException):
            self.kms.revoke_grant(KeyId=self.key, GrantId="garbage")
        for grant_id in made:
            self.kms.revoke_grant(KeyId=self.key, GrantId=grant_id)
        self.assertEqual(again[:1], [g["GrantId"] for g in self.kms.list_grants(KeyId=self.key)["Grants"]])

    def test_encryption_context(self):
        plain = bytes(range(256)) * 16  # 4 KiB, the most that Encrypt takes
        context = {"a": "bc", "purpose": "Prüfung", "": "empty"}
        blob = self.kms.encrypt(KeyId=self.key, Plaintext=plain, EncryptionContext=context)["CiphertextBlob"]
        turned = dict(reversed(context.items()))
        answer = self.kms.decrypt(CiphertextBlob=blob, EncryptionContext=turned)
        self.assertEqual(answer["Plaintext"], plain)
        self.assertEqual(answer["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT")
        for wrong in [{}, {**context, "a": "b"}, {"ab": "c", "purpose": "Prüfung", "": "empty"}]:
            with self.assertRaises(self.kms.exceptions.InvalidCiphertextException):
                self.kms.decrypt(CiphertextBlob=blob, EncryptionContext=wrong)
        with self.assertRaises(self.kms.exceptions.InvalidCiphertextException):
            self.kms.decrypt(CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]), EncryptionContext=context)
        with self.assertRaises(ClientError) as e:
            self.kms.encrypt(KeyId=self.key, Plaintext=plain + b"!")
        self.assertEqual(e.exception.response["Error"]["Code"], "ValidationException")

    def test_data_keys(self):
        made = self.kms.generate_data_key(KeyId=self.key, KeySpec="AES_128", EncryptionContext={"n": "1"})
        self.assertEqual(len(made["Plaintext"]), 16)
        back = self.kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"n": "1"})
        self.assertEqual(back["Plaintext"], made["Plaintext"])
        self.assertEqual(len(self.kms.generate_random(NumberOfBytes=33)["Plaintext"]), 33)

    def test_dates(self):
        meta = self.kms.describe_key(KeyId=self.key)["KeyMetadata"]
        gone = self.kms.schedule_key_deletion(KeyId=self.key, **DELETE_SOON)
        window = gone["DeletionDate"] - meta["CreationDate"]
        self.assertAlmostEqual(window.total_seconds(), 7 * 86400, delta=300)
        self.assertEqual(self.kms.describe_key(KeyId=self.key)["KeyMetadata"]["DeletionDate"], gone["DeletionDate"])

    def test_exceptions(self):
        e = self.kms.exceptions
        other = client("kms", region_name="eu-central-1").create_key()["KeyMetadata"]["Arn"]
        self.kms.create_alias(AliasName=f"alias/{self.key}", TargetKeyId=self.key)
        blob = self.kms.encrypt(KeyId=self.key, Plaintext=b"x")["CiphertextBlob"]
        second = self.kms.create_key()["KeyMetadata"]["KeyId"]
        for exception, call, args in [
            (e.NotFoundException, self.kms.describe_key, {"KeyId": "alias/nothing"}),
            (e.NotFoundException, self.kms.describe_key, {"KeyId": other}),
            (e.AlreadyExistsException, self.kms.create_alias, {"AliasName": f"alias/{self.key}", "TargetKeyId": second}),
            (e.IncorrectKeyException, self.kms.decrypt, {"CiphertextBlob": blob, "KeyId": second}),
            (e.InvalidCiphertextException, self.kms.decrypt, {"CiphertextBlob": b"\1" * 90}),
            (e.InvalidGrantTokenException, self.kms.encrypt, {"KeyId": self.key, "Plaintext": b"x", "GrantTokens": ["token"]}),
            (e.InvalidMarkerException, self.kms.list_keys, {"Marker": "nonsense"}),
            (e.MalformedPolicyDocumentException, self.kms.put_key_policy, {"KeyId": self.key, "PolicyName": "default", "Policy": "{"}),
            (e.TagException, self.kms.tag_resource, {"KeyId": self.key, "Tags": [{"TagKey": "aws:x", "TagValue": ""}]}),
            (e.UnsupportedOperationException, self.kms.create_key, {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}),
        ]:
            with self.subTest(exception=exception.__name__):
                with self.assertRaises(exception) as caught:
                    call(**args)
                answer = caught.exception.response
                self.assertEqual(answer["Error"]["Code"], exception.__name__)
                self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
        self.kms.disable_key(KeyId=self.key)
        with self.assertRaises(e.DisabledException):
            self.kms.encrypt(KeyId=self.key, Plaintext=b"x")
        self.kms.schedule_key_deletion(KeyId=self.key, **DELETE_SOON)
        with self.assertRaises(e.KMSInvalidStateException):
            self.kms.enable_key(KeyId=self.key)

    def test_regions_are_apart(self):
        with self.assertRaises(self.kms.exceptions.NotFoundException):
            client("kms", region_name="eu-central-1").describe_key(KeyId=self.key)


class STS(unittest.TestCase):
    def test_presigned_url(self):
        url = client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
        with urllib.request.urlopen(url) as answer:
            self.assertIn("<Arn>arn:aws:iam::000000000000:root</Arn>", answer.read().decode())
        changed = url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")
        self.assertNotEqual(url, changed)
        with self.assertRaises(urllib.error.HTTPError) as e:
            urllib.request.urlopen(changed)
        self.assertEqual(e.exception.code, 403)
        self.assertIn("<Code>SignatureDoesNotMatch</Code>", e.exception.read().decode())

    def test_session(self):
        s = client("sts").get_session_token(DurationSeconds=900)["Credentials"]
        session = boto3.Session(s["AccessKeyId"], s["SecretAccessKey"], s["SessionToken"])
        kms = session.client("kms", endpoint_url=ENDPOINT)
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        self.assertEqual(client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyId"], key)
        self.assertTrue(session.client("sts", endpoint_url=ENDPOINT).get_caller_identity()["Arn"].endswith(":root"))


class PrivateEndpoints(unittest.TestCase):
    SERVICE = "com.amazonaws.us-east-1.kms"

    def setUp(self):
        self.ec2 = client("ec2")
        self.vpc = "vpc-" + self.id().rsplit(".", 1)[1].replace("_", "-")

    def create(self, **more):
        args = {"VpcId": self.vpc, "ServiceName": self.SERVICE, "VpcEndpointType": "Interface", "PrivateDnsEnabled": False, **more}
        return self.ec2.create_vpc_endpoint(**args)["VpcEndpoint"]

    def describe(self, **args):
        return self.ec2.describe_vpc_endpoints(**args)["VpcEndpoints"]

    def test_life(self):
        made = self.create(
            PrivateDnsEnabled=True, SubnetIds=["subnet-1"], SecurityGroupIds=["sg-1"], ClientToken=self.id(),
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "ä", "Value": ""}]}],
        )
        self.assertEqual(made["State"], "available")
        self.assertEqual([made], self.describe(VpcEndpointIds=[made["VpcEndpointId"]]))
        kms = boto3.client("kms", endpoint_url="http://" + made["DnsEntries"][0]["DnsName"])
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.encrypt(KeyId=key, Plaintext=b"x")
        policy = '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}}'
        self.ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], PolicyDocument=policy)
        with self.assertRaises(ClientError) as e:
            kms.encrypt(KeyId=key, Plaintext=b"x")
        self.assertIn("with an explicit deny in a VPC endpoint policy", str(e.exception))
        self.ec2.create_tags(Resources=[made["VpcEndpointId"]], Tags=[{"Key": "a", "Value": "b"}])
        self.ec2.delete_tags(Resources=[made["VpcEndpointId"]], Tags=[{"Key": "ä"}])
        (changed,) = self.describe(Filters=[{"Name": "tag:a", "Values": ["b"]}, {"Name": "vpc-id", "Values": [self.vpc]}])
        self.assertEqual((changed["PolicyDocument"], changed["Tags"]), (policy, [{"Key": "a", "Value": "b"}]))
        gone = self.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"], "vpce-none"])["Unsuccessful"]
        self.assertEqual([g["ResourceId"] for g in gone], ["vpce-none"])
        with self.assertRaises(ClientError) as e:
            self.describe(VpcEndpointIds=[made["VpcEndpointId"]])
        self.assertEqual(e.exception.response["Error"]["Code"], "InvalidVpcEndpointId.NotFound")

    def test_paginator(self):
        made = {self.create()["VpcEndpointId"] for _ in range(5)}
        pages = list(self.ec2.get_paginator("describe_vpc_endpoints").paginate(
            Filters=[{"Name": "vpc-id", "Values": [self.vpc]}], PaginationConfig={"PageSize": 2}))
        self.assertEqual(len(pages), 3)
        self.assertEqual(made, {e["VpcEndpointId"] for p in pages for e in p["VpcEndpoints"]})

    def test_services(self):
        (service,) = self.ec2.describe_vpc_endpoint_services(ServiceNames=[self.SERVICE])["ServiceDetails"]
        self.assertEqual(service["PrivateDnsName"], "kms.us-east-1.amazonaws.com")
        self.assertEqual(self.ec2.describe_prefix_lists()["PrefixLists"], [])

    def test_dry_run(self):
        with self.assertRaises(ClientError) as e:
            self.create(DryRun=True)
        self.assertEqual(e.exception.response["ResponseMetadata"]["HTTPStatusCode"], 412)
        self.assertEqual(e.exception.response["Error"]["Code"], "DryRunOperation")


if __name__ == "__main__":
    unittest.main()
