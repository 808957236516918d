"""Sentences around a product: its description and its brand's story."""

import zlib
from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

OPENINGS = (
    "好东西不必多说，用过的人会回来。这一款我们跟着产线走了三个月，才放进良品集的货架。",
    "挑它的理由很简单：自家人也在用。从原料到包装，每一步都能说出来历。",
    "不追热闹，只求耐用。我们把预算花在看得见、摸得着的地方。",
    "买手试了同类十一款，最后留下这一款：价格不贵，细节经得起看。",
)
MIDDLES = (
    "每一批到货都会抽检，不合格的整批退回；你收到的和页面上看到的，是同一个标准。",
    "出厂前经过三道检验，仓内恒温存放，发货当天再次查看外观与效期。",
    "我们与产地直接签约，省下的中间费用写进了价格里，也写进了分享给朋友的理由里。",
)
CLOSINGS = (
    "签收后 7 天内不满意可以退货，破损拍照即赔。下单后 48 小时内发出，物流进度在订单里随时可看。",
    "有任何问题找客服，工作时间 5 分钟内回复；退换运费由我们承担。",
)
STORIES = (
    "{name}由几位热爱生活的人创办，专注把一件事做好：选料讲究，工艺不省，价格实在。",
    "从一间小作坊开始，{name}坚持小批量生产，让每一件都有人认真看过。",
)


def story(name: str) -> str:
    """A brand's story; always the same for the same name."""
    return _pick(STORIES, name).format(name=name)


def description(
    name: str, subtitle: str, brand: str, attributes: Sequence[Mapping[str, str]], pictures: Sequence[str]
) -> SafeString:
    """A product's description as HTML: paragraphs, a table of its attributes, pictures between them."""
    figures = [
        format_html('<figure><img src="{}" alt="{}"><figcaption>{}</figcaption></figure>', url, name, caption)
        for url, caption in zip(pictures, ("日常场景", "细节近看"), strict=False)
    ]
    rows = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", ((a["name"], a["value"]) for a in attributes))
    return format_html(
        "<h3>{}</h3><p>{}</p>{}<h3>为什么选它</h3><p>{}</p><ul><li>{}</li><li>品牌：{}，正品保障</li><li>7 天无理由退货</li></ul>"
        "{}<h3>商品参数</h3><table><tbody>{}</tbody></table><h3>售后说明</h3><p>{}</p>",
        subtitle,
        _pick(OPENINGS, name),
        figures[0] if figures else "",
        _pick(MIDDLES, name),
        subtitle,
        brand,
        figures[1] if len(figures) > 1 else "",
        rows,
        _pick(CLOSINGS, name),
    )


def _pick(choices: Sequence[str], key: str) -> str:
    return choices[zlib.crc32(key.encode()) % len(choices)]
