"""Secrets of the simulated services, made once and kept in the state directory."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

SHOP_FILE = "keys.json"
PROVIDER_FILE = "provider.json"


@dataclass(frozen=True)
class Keys:
    """`shop` is what the shop's settings need; the rest stays with the provider."""

    shop: dict[str, str]
    platform_key: rsa.RSAPrivateKey
    platform_certificate: x509.Certificate
    merchant_public_key: rsa.RSAPublicKey
    forger_key: rsa.RSAPrivateKey

    @property
    def platform_serial(self) -> str:
        """Serial of the platform certificate in upper-case hex, as in `Wechatpay-Serial`."""
        return format(self.platform_certificate.serial_number, "X")

    def secret_of(self, *, appid: str) -> str | None:
        """The app secret of the official account or the mini program; None for another appid."""
        return {
            self.shop["wechat_appid"]: self.shop["wechat_secret"],
            self.shop["wechat_mini_appid"]: self.shop["wechat_mini_secret"],
        }.get(appid)


def load_or_create(*, directory: Path) -> Keys:
    """Read both key files of `directory`, making them (mode 0600) on the first call."""
    directory.mkdir(parents=True, exist_ok=True)
    shop_path, provider_path = directory / SHOP_FILE, directory / PROVIDER_FILE
    if not (shop_path.exists() and provider_path.exists()):
        shop, provider = _generate()
        _write_private(provider_path, provider)
        _write_private(shop_path, shop)
    shop = json.loads(shop_path.read_text())
    provider = json.loads(provider_path.read_text())
    return Keys(
        shop=shop,
        platform_key=_private_key(provider["platform_private_key"]),
        platform_certificate=x509.load_pem_x509_certificate(provider["platform_certificate"].encode()),
        merchant_public_key=_private_key(shop["wxpay_private_key"]).public_key(),
        forger_key=_private_key(provider["forger_private_key"]),
    )


def _generate() -> tuple[dict[str, str], dict[str, str]]:
    merchant, platform = _rsa_key(), _rsa_key()
    serial = secrets.randbits(127) | 1 << 126
    shop = {
        "wechat_appid": f"wx{secrets.token_hex(8)}",
        "wechat_secret": secrets.token_hex(16),
        "wechat_mini_appid": f"wx{secrets.token_hex(8)}",
        "wechat_mini_secret": secrets.token_hex(16),
        "wxpay_mchid": str(1_600_000_000 + secrets.randbelow(99_999_999)),
        "wxpay_serial": secrets.token_hex(20).upper(),
        "wxpay_private_key": _private_pem(merchant),
        "wxpay_apiv3_key": secrets.token_hex(16),
        "wxpay_public_key": _public_pem(platform),
        "wxpay_public_key_id": f"PUB_KEY_ID_SIM{secrets.token_hex(12).upper()}",
        "kd100_customer": secrets.token_hex(16).upper(),
        "kd100_key": secrets.token_urlsafe(9),
        "sms_access_key_id": f"LTAI{secrets.token_hex(10)}",
        "sms_access_key_secret": secrets.token_urlsafe(24),
        "bank_merchant": f"B{secrets.randbelow(10**9):09d}",
        "bank_secret": secrets.token_hex(32),
    }
    provider = {
        "platform_private_key": _private_pem(platform),
        "platform_certificate": _certificate(platform, serial),
        "forger_private_key": _private_pem(_rsa_key()),
    }
    return shop, provider


def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    # Our own keys: the full check of an RSA key costs a quarter of a second each.
    key = serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _certificate(key: rsa.RSAPrivateKey, serial: int) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated payment platform")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _write_private(path: Path, content: dict[str, str]) -> None:
    """Write through a temporary file so that a reader never sees half a key file."""
    temporary = path.with_suffix(".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(content, stream, indent=2)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
