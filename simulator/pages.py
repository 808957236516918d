"""The look of the simulated pages: phone first, 390 px, no script needed."""

import zlib
from html import escape

from simulator.http import Response, answer_html

STYLE = """
:root{--ink:#1f2329;--soft:#646a73;--line:#ebedf0;--bg:#f5f6f7;--card:#fff;--go:#07884a;--bad:#c81623;--link:#2b5b9e}
@media(prefers-color-scheme:dark){:root{--ink:#eceef1;--soft:#a4abb6;--line:#33373d;--bg:#17191c;--card:#212429;
--go:#1fa35f;--bad:#f2545f;--link:#8ab4f0}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.5 -apple-system,"PingFang SC","Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:430px;margin:0 auto;padding:20px 16px 40px;min-height:100vh}
.card{background:var(--card);border-radius:14px;padding:18px 16px;margin:0 0 14px;
box-shadow:0 1px 2px #0000000f}
h1{font-size:18px;margin:0;text-align:center;font-weight:600}h2{font-size:16px;margin:0 0 10px}
p{margin:6px 0}.soft{color:var(--soft);font-size:14px}.center{text-align:center}
.amount{font-size:40px;font-weight:600;text-align:center;margin:8px 0 4px;font-variant-numeric:tabular-nums}
.amount small{font-size:24px;margin-right:2px}
dl{display:grid;grid-template-columns:auto 1fr;gap:8px 16px;margin:14px 0 0;padding-top:14px;
border-top:1px solid var(--line);font-size:14px}dt{color:var(--soft);text-align:left}
dd{margin:0;text-align:right;overflow-wrap:anywhere}
button,.button{display:block;width:100%;min-height:48px;margin:10px 0 0;padding:11px 16px;border-radius:10px;
border:1px solid var(--line);background:var(--card);color:var(--ink);font:inherit;text-align:center;
text-decoration:none;cursor:pointer}
.go{background:var(--go);border-color:var(--go);color:#fff;font-weight:600}.bad{color:var(--bad)}
button:focus-visible,a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
ul{list-style:none;margin:0;padding:0}li+li{border-top:1px solid var(--line)}
.user{display:flex;align-items:center;gap:12px;min-height:60px;padding:8px 0;
color:inherit;text-decoration:none}
.face{flex:none;width:42px;height:42px;border-radius:8px;color:#fff;display:grid;place-items:center;font-size:18px}
.user b{display:block;font-weight:500}.tag{margin-left:auto;font-size:12px;color:var(--bad);border:1px solid;
border-radius:6px;padding:1px 6px;white-space:nowrap}
.mark{width:64px;height:64px;border-radius:50%;margin:8px auto 12px;display:grid;place-items:center;
font-size:34px;color:#fff;background:var(--go)}.mark.no{background:var(--bad)}.mark.wait{background:#9a6700}
.banner{font-size:12px;color:var(--soft);text-align:center;margin:0 0 14px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px;margin:6px 0 0}
"""
FACES = ("#3f6fb5", "#8a5aa8", "#b3562f", "#2f7d6d", "#a33d5c", "#5d6b2f", "#4b5bb0", "#94652a")


def page(title: str, content: str, *, status: int = 200) -> Response:
    """A whole page; `content` is HTML, `title` is text."""
    return answer_html(
        "<!doctype html><html lang=zh-CN><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1,viewport-fit=cover">'
        '<link rel=icon href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<p class=banner>服务模拟器 · 不会产生真实交易</p>{content}</main></body></html>",
        status=status,
    )


def notice(title: str, text: str, *, mark: str = "!", tone: str = "no", more: str = "", status: int = 200) -> Response:
    """A page with one message."""
    return page(
        title,
        f'<div class="card center"><div class="mark {tone}" aria-hidden=true>{mark}</div>'
        f"<h1>{escape(title)}</h1><p class=soft>{escape(text)}</p>{more}</div>",
        status=status,
    )


def face(openid: str, nickname: str) -> str:
    """A coloured square with the first character of the name."""
    colour = FACES[zlib.crc32(openid.encode()) % len(FACES)]
    return f'<span class=face style="background:{colour}" aria-hidden=true>{escape(nickname[:1])}</span>'


def avatar(openid: str, nickname: str) -> bytes:
    """The same square as an SVG picture, for `headimgurl`."""
    colour = FACES[zlib.crc32(openid.encode()) % len(FACES)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 132" width="132" height="132">'
        f'<rect width="132" height="132" fill="{colour}"/>'
        '<text x="66" y="88" font-size="62" text-anchor="middle" fill="#fff" '
        f'font-family="sans-serif">{escape(nickname[:1])}</text></svg>'
    ).encode()


def yuan(fen: int) -> str:
    """`12.30` for 1230 fen."""
    return f"{fen // 100}.{fen % 100:02d}"


def amount(fen: int) -> str:
    """A large price."""
    return f"<p class=amount><small>¥</small>{yuan(fen)}</p>"


def done(result: str) -> Response:
    """Closes the overlay: tells the page that opened it `result`."""
    script = f'parent.postMessage({{source:"wechat-simulator",result:"{result}"}},"*")'
    return page("完成", f"<script>{script}</script>")


def facts(rows: list[tuple[str, str]]) -> str:
    """A list of labelled values."""
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows if v) + "</dl>"


def hidden(fields: dict[str, str]) -> str:
    """Hidden inputs of a form."""
    return "".join(
        f'<input type=hidden name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
