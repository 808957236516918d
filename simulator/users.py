"""The test people who own a WeChat account."""

from simulator.state import Record, State

NICKNAMES = (
    "晴天小满",
    "阿宁在路上",
    "橘子汽水",
    "山里的云",
    "早起的鱼",
    "南方有树",
    "一碗热干面",
    "木子李",
    "慢慢来",
    "快照访客",
    "被封的账号",
    "星河入梦",
    "豆沙包",
    "听风的人",
    "青柠不酸",
    "老王爱钓鱼",
)
SNAPSHOT_USER = 10
BLOCKED_USER = 11


def seed(*, state: State) -> None:
    """Store the test users that are not there yet."""
    with state.transaction():
        for number, nickname in enumerate(NICKNAMES, start=1):
            openid = f"sim_openid_{number:04d}"
            if state.get("users", openid) is None:
                state.put("users", openid, _user(number=number, openid=openid, nickname=nickname))


def _user(*, number: int, openid: str, nickname: str) -> Record:
    return {
        "openid": openid,
        "mini_openid": f"sim_mini_openid_{number:04d}",
        "unionid": f"sim_unionid_{number:04d}",
        "nickname": nickname,
        "phone": f"1380000{number:04d}",
        "real_name": "",  # empty: a name sent with a transfer is not compared
        "subscribed": True,
        "snapshot": number == SNAPSHOT_USER,
        "blocked": number == BLOCKED_USER,
    }


def by_any_openid(*, state: State, openid: str) -> Record | None:
    """The user behind an official-account or mini-program openid."""
    return state.get("users", openid) or next(iter(state.find("users", mini_openid=openid)), None)


def openid_for(*, user: Record, appid: str, mini_appid: str) -> str:
    """The openid of `user` under `appid`: each app sees its own."""
    return str(user["mini_openid"] if appid == mini_appid else user["openid"])
