"""Encrypts under each of the keys, by name, and prints what came of it.

encrypt.py ENDPOINT NAME=KEY...
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

kms = boto3.client("kms", endpoint_url=sys.argv[1], config=Config(retries={"max_attempts": 0}))
outcomes = {}
for argument in sys.argv[2:]:
    name, key = argument.split("=", 1)
    try:
        kms.encrypt(KeyId=key, Plaintext=b"x")
        outcomes[name] = "ok"
    except ClientError as e:
        outcomes[name] = "{Code}: {Message}".format(**e.response["Error"])
print(json.dumps(outcomes))
