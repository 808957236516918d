"""What logistics publishes."""

import dataclasses
import datetime as dt

from mall.kernel.events import Event


@dataclasses.dataclass(frozen=True, kw_only=True)
class ParcelSigned(Event):
    """The carrier says the receiver has the parcel."""

    parcel_no: str
    order_no: str
    signed_at: dt.datetime
