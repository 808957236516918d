"""Business numbers: readable by date, impossible to guess or enumerate, and acceptable to every provider.

Providers allow 6-32 characters of [0-9A-Za-z]; ours are one letter, the Shanghai date and 60 random bits.
"""

import datetime as dt
import secrets

from mall.kernel import clock

# Crockford's base 32: no I, L, O or U to misread over the phone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

ORDER, PAYMENT, REFUND, PROVIDER_REFUND, TRANSFER, WITHDRAWAL, SHIPMENT, SETTLEMENT = "DPRFTWSB"


def new(kind: str, at: dt.datetime) -> str:
    """A fresh number such as `D261122` + 12 random characters (19 in all)."""
    return f"{kind}{clock.local_date(at):%y%m%d}{random_code(12)}"


def random_code(length: int) -> str:
    """`length` unguessable characters, 5 bits each."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
