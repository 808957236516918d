"""Orders that were paid before the simulator was asked: the past of a demo shop."""

import re
from datetime import datetime
from typing import Any

from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.state import Record
from simulator.wxpay.gate import OUT_NO

_TRANSACTION_ID = re.compile(r"[0-9A-Za-z]{1,32}")


def register(sim: Simulator, *, number: str, total: int, at: datetime, **fields: Any) -> Record:
    """Book a paid order of `total` fen without telling anybody; a known number is left as it is.

    `fields`: transaction_id, openid, description, notify_url, trade_type. With it the provider can
    refund, bill and show payments a demo was seeded with. Raises ValueError.
    """
    transaction_id = str(fields.get("transaction_id") or sim.number("4200"))
    if not OUT_NO.fullmatch(number) or not _TRANSACTION_ID.fullmatch(transaction_id):
        raise ValueError("out_trade_no or transaction_id is malformed")
    if total < 1 or at.tzinfo is None:
        raise ValueError("total must be positive fen, success_time must have an offset")
    with sim.state.transaction():
        known = sim.state.get("orders", number)
        if known is not None:
            return known
        moment = rfc3339(at)
        order = {
            "appid": sim.keys.shop["wechat_appid"],
            "mchid": sim.keys.shop["wxpay_mchid"],
            "trade_type": fields.get("trade_type", "JSAPI"),
            "description": fields.get("description", "商城订单"),
            "out_trade_no": number,
            "notify_url": fields.get("notify_url", f"{sim.mall_url}/notify/wechat/pay"),
            "total": total,
            "attach": "",
            "openid": fields.get("openid", "sim_openid_0001"),
            "client_ip": "",
            "time_expire": moment,
            "created_at": moment,
            "trade_state": "SUCCESS",
            "transaction_id": transaction_id,
            "success_time": moment,
            "paid": total,
        }
        return sim.state.put("orders", number, order)
