"""The signatures and seals of the simulated services."""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def rsa_sign(*, key: rsa.RSAPrivateKey, message: str) -> str:
    """base64(SHA256withRSA), as WeChat Pay signs."""
    return base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def rsa_verifies(*, key: rsa.RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether `signature` (base64) is right for `message`."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def oaep_open(*, key: rsa.RSAPrivateKey, sealed: str) -> str | None:
    """Open a sensitive field (RSA-OAEP with SHA-1, base64); None when it was not made for this key."""
    scheme = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
    try:
        return key.decrypt(base64.b64decode(sealed, validate=True), scheme).decode()
    except ValueError:
        return None


def seal(*, key: str, text: str, associated_data: str) -> dict[str, str]:
    """AEAD_AES_256_GCM envelope of notices and certificates."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(key.encode()).encrypt(nonce.encode(), text.encode(), associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": nonce,
        "associated_data": associated_data,
    }


def md5_upper(text: str) -> str:
    """UPPER(MD5(text)), the sign of Kuaidi100."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def sha1_hex(text: str) -> str:
    """SHA-1 of the JS-SDK signature."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def hmac_hex(*, key: str, message: bytes) -> str:
    """Lower-case hex HMAC-SHA256."""
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
