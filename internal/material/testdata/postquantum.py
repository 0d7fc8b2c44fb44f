"""Does with keys of ML-DSA and ML-KEM what postquantum_test.go asks for in JSON, by way of the
OpenSSL in Python's cryptography. Exits with 3 if that does not have the algorithms."""

import json
import sys

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem
    from cryptography.hazmat.primitives.serialization import (
        Encoding, NoEncryption, PrivateFormat, PublicFormat, load_der_private_key, load_der_public_key,
    )
    mldsa.MLDSA44PrivateKey.generate(), mlkem.MLKEM768PrivateKey.generate()
except Exception:  # a version without them, or whose OpenSSL has none
    sys.exit(3)

ask = {k: bytes.fromhex(v) for k, v in json.load(sys.stdin).items()}
private, public = load_der_private_key(ask["private"], None), load_der_public_key(ask["public"])
answer = {
    "private": private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    "public": private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
}
if "ciphertext" in ask:
    answer["secret"] = private.decapsulate(ask["ciphertext"])
    answer["theirSecret"], answer["theirCiphertext"] = public.encapsulate()
else:
    public.verify(ask["signature"], ask["message"])
    answer["theirSignature"] = private.sign(ask["message"])
json.dump({k: v.hex() for k, v in answer.items()}, sys.stdout)
