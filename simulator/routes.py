"""Every address the simulator answers, and what is taken up again after a restart."""

from collections.abc import Callable

from simulator import bank, cashiers, control, express, jssdk, sms, wechat_api, wechat_open
from simulator.context import Simulator
from simulator.http import Route
from simulator.wxpay import bills, orders, refunds, transfers

ALL: list[Route] = [
    *control.ROUTES,
    *wechat_open.ROUTES,
    *wechat_api.ROUTES,
    *jssdk.ROUTES,
    *orders.ROUTES,
    *refunds.ROUTES,
    *transfers.ROUTES,
    *bills.ROUTES,
    *cashiers.ROUTES,
    *express.ROUTES,
    *sms.ROUTES,
    *bank.ROUTES,
]

RESUMES: list[Callable[[Simulator], None]] = [refunds.resume, transfers.resume, bank.resume]
