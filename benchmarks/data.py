"""Large, consistent data through bulk SQL. Everything passes `manage.py audit`; the books balance."""

import itertools
import random

from django.db import connection

from catalog import search
from catalog.models import Brand, Category

BRANDS = (
    "青山",
    "明月",
    "竹里",
    "云栖",
    "南山",
    "小满",
    "良田",
    "白露",
    "江南",
    "海棠",
    "松间",
    "半夏",
    "知味",
    "禾木",
    "山野",
)
TRAITS = ("明前", "有机", "手工", "加厚", "便携", "复古", "轻薄", "原味", "低糖", "不锈钢", "纯棉", "真丝", "陶瓷", "防水",
          "无线", "儿童", "大容量", "礼盒装", "家用", "户外", "四季", "速干", "高山", "野生", "特级", "经典")  # fmt: skip
PLACES = ("杭州", "景德镇", "云南", "武夷山", "新疆", "东北", "四川", "苏州", "安溪", "宁夏", "潮州", "长白山")
THINGS = {
    "茶叶": ("龙井茶", "普洱茶", "红茶", "乌龙茶", "茉莉花茶", "白茶", "铁观音", "绿茶"),
    "食品": ("坚果", "蜂蜜", "牛肉干", "大米", "红枣", "枸杞", "饼干", "咖啡豆", "酱油", "挂面"),
    "服饰": ("衬衫", "运动鞋", "羽绒服", "连衣裙", "牛仔裤", "围巾", "帽子", "袜子", "外套", "毛衣"),
    "家居": ("保温杯", "茶具", "炒锅", "四件套", "毛巾", "台灯", "收纳箱", "枕头", "餐具", "香薰"),
    "数码": ("耳机", "充电宝", "键盘", "音箱", "手环", "数据线", "鼠标", "摄像头"),
    "美妆": ("面膜", "口红", "洗面奶", "防晒霜", "护手霜", "精华液", "洗发水", "香水"),
}
SIZES = ("250g", "500ml", "一件", "两条装", "M码", "大号", "24英寸", "65W", "三件套", "6支装")
# Products of a large catalogue share titles: cutting and spelling words is not what is measured.
TITLES = 2_000
OPENED = "2026-01-01 00:00:00+08"


def titles(*, seed: int = 7) -> list[tuple[str, str, str]]:
    """(category, brand, name) of TITLES products, the same for the same seed."""
    chance = random.Random(seed)
    things = [(kind, thing) for kind, all_things in THINGS.items() for thing in all_things]
    found = []
    for _ in range(TITLES):
        (kind, thing), brand = chance.choice(things), chance.choice(BRANDS)
        traits = "".join(chance.sample(TRAITS, 2))
        found.append((kind, brand, f"{brand}{chance.choice(PLACES)}{traits}{thing}{chance.choice(SIZES)}"))
    return found


def catalogue(count: int, *, on_hand: int = 1_000_000) -> None:
    """`count` products on sale, one SKU each with `on_hand` units, indexed for search as the shop does it."""
    kinds = {name: Category.objects.create(name=name, slug=f"kind-{n}") for n, name in enumerate(THINGS)}
    brands = {name: Brand.objects.create(name=name, slug=f"brand-{n}") for n, name in enumerate(BRANDS)}
    chance = random.Random(11)
    indexed = [
        (
            kind,
            brand,
            name,
            search.vector(name=name, brand=brand, category=kind),
            search.typing_text(name=name, brand=brand),
        )
        for kind, brand, name in titles()[:count]
    ]
    with connection.cursor() as cursor:
        columns = (
            "name, slug, category_id, brand_id, search_vector, search_text, min_price_fen, max_price_fen, sales_count"
        )
        cursor.execute("CREATE TEMP TABLE incoming (id bigserial, " + _typed(columns) + ")")
        with cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
            for number, (kind, brand, name, vector, text) in zip(range(count), itertools.cycle(indexed)):
                price, sold = chance.randrange(990, 99_900), chance.randrange(50_000)
                row = (name, f"p-{number}", kinds[kind].pk, brands[brand].pk, vector, text, price, price, sold)
                copy.write_row(row)
        cursor.execute(
            f"""INSERT INTO catalog_product ({columns}, subtitle, audience, options, attributes, description_html, state,
                    limit_per_order, market_price_fen, created_at, updated_at, published_at)
                SELECT {columns}, '', 'everyone', '[]', '[]', '<p>好物</p>', 'on_sale', 0, 0, now(), now(),
                    now() - id * interval '1 minute' FROM incoming ORDER BY id"""
        )
        cursor.execute(
            """INSERT INTO catalog_sku (product_id, code, specs, spec_key, price_fen, market_price_fen, cost_fen, weight_g,
                    is_active, position)
               SELECT id, 'B' || id, '{}', '', min_price_fen, 0, min_price_fen / 2, 500, true, 0 FROM catalog_product"""
        )
        cursor.execute("INSERT INTO catalog_stock SELECT id, %s, 0, 0 FROM catalog_sku", [on_hand])
        cursor.execute(
            """INSERT INTO catalog_stockmovement (sku_id, kind, on_hand_delta, reserved_delta, on_hand_after,
                    reserved_after, ref, reason, actor, at)
               SELECT sku_id, 'opening', on_hand, 0, on_hand, 0, 'opening', '', 'system', %s FROM catalog_stock""",
            [OPENED],
        )
        cursor.execute("DROP TABLE incoming")
    _analyse("catalog_product", "catalog_sku", "catalog_stock")


def _typed(columns: str) -> str:
    kinds = {"search_vector": "tsvector", "name": "text", "slug": "text", "search_text": "text"}
    return ", ".join(f"{column} {kinds.get(column, 'bigint')}" for column in columns.split(", "))


def members(count: int, *, balance_fen: int = 0) -> list[int]:
    """Ids of `count` new members, ascending, with a granted balance if one is given."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO members_member (password, is_superuser, username, nickname, avatar, level, is_staff, is_active,
                    date_joined)
               SELECT '!', false, 'b' || translate(gen_random_uuid()::text, '-', ''), '会员' || n, '', 'regular', false, true, %s
               FROM generate_series(1, %s) n RETURNING id""",
            [OPENED, count],
        )
        ids = sorted(row[0] for row in cursor.fetchall())
    if balance_fen:
        fund(ids, balance_fen=balance_fen)
    _analyse("members_member")
    return ids


def fund(member_ids: list[int], *, balance_fen: int) -> None:
    """Give members without a wallet a granted balance."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_wallet (member_id, balance_fen) SELECT unnest(%s::bigint[]), %s",
            [member_ids, balance_fen],
        )
        cursor.execute(
            """INSERT INTO payments_walletentry (wallet_id, kind, ref, delta_fen, balance_after_fen, note, at)
               SELECT m, 'grant', 'bench-' || m, %s, %s, '', %s FROM unnest(%s::bigint[]) m""",
            [balance_fen, balance_fen, OPENED, member_ids],
        )


def distributors(count: int) -> list[int]:
    """Ids of `count` new distributors, each brought by a random earlier one: a random recursive tree."""
    people = members(count)
    chance = random.Random(5)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO distribution_distributor (member_id, code, name, kind, level, state, state_reason, joined_at)
               SELECT m, 'B' || lpad(m::text, 8, '0'), '分销商', 'person', 'bronze', 'active', '', %s
               FROM unnest(%s::bigint[]) m ORDER BY m RETURNING id""",
            [OPENED, people],
        )
        ids = sorted(row[0] for row in cursor.fetchall())
        inviters = [ids[chance.randrange(n)] for n in range(1, count)]
        cursor.execute(
            """INSERT INTO distribution_binding (member_id, inviter_id, source, reason, actor, active_from)
               SELECT m, i, 'import', '', 'system', %s FROM unnest(%s::bigint[], %s::bigint[]) b (m, i)""",
            [OPENED, people[1:], inviters],
        )
        _analyse("distribution_distributor", "distribution_binding")
    return ids


def cleared_commissions(count: int, *, people: int, months: int) -> None:
    """`count` commissions, cleared evenly in the first `months` months of 2025, with their lines and their books."""
    ids = distributors(people)
    with connection.cursor() as cursor:
        cursor.execute(_COMMISSIONS, {"count": count, "people": ids, "n": len(ids), "share": count // months})
        for statement in _BOOKS:
            cursor.execute(statement)
    _analyse("distribution_commission", "distribution_account", "distribution_entry", "distribution_journal")


# Order n sold one line of ¥100.00 + n % 5000 fen; tiers 1 to 3 take 20, 10 and 5 %, rounded down.
_COMMISSIONS = """
WITH row AS (
  SELECT i / 3 AS n, 1 + i %% 3 AS tier, 10000 + (i / 3) %% 5000 AS base,
         (%(people)s::bigint[])[1 + (random() * random() * (%(n)s - 1))::int] AS distributor,
         '2025-01-20 12:00+08'::timestamptz + i / %(share)s * interval '1 month' + i * interval '1 ms' AS cleared
  FROM generate_series(0, %(count)s - 1) i
), made AS (
  INSERT INTO distribution_commission (order_no, distributor_id, tier, state, base_fen, amount_fen, reversed_fen,
      computation, cooling_days, earned_at, frozen_at, cooling_ends_at, cleared_at)
  SELECT 'DB' || lpad(n::text, 12, '0'), distributor, tier, 'cleared', base, base * (array[20, 10, 5])[tier] / 100, 0,
         '{}', 7, cleared - interval '10 days', cleared - interval '7 days', cleared, cleared
  FROM row RETURNING id, base_fen, amount_fen, tier
)
INSERT INTO distribution_commissionline (commission_id, line, position, net_fen, base_fen, rate_ppm, amount_fen,
    refunded_fen, reversed_fen)
SELECT id, 1, 1, base_fen, base_fen, (array[200000, 100000, 50000])[tier], amount_fen, 0, 0 FROM made
"""

# Earned and signed: expense -> estimated -> frozen, one journal each per commission.
_BOOKS = (
    """INSERT INTO distribution_account (distributor_id, bucket, balance_fen)
       SELECT d, b, 0 FROM (SELECT DISTINCT distributor_id FROM distribution_commission) c (d),
              unnest(array['estimated', 'frozen', 'payable', 'available']) b""",
    """INSERT INTO distribution_account (distributor_id, bucket, balance_fen) VALUES (NULL, 'expense', 0)
       ON CONFLICT DO NOTHING""",
    """INSERT INTO distribution_journal (key, kind, ref, at)
       SELECT 'earn:' || order_no || ':' || tier, 'earn', order_no, earned_at FROM distribution_commission""",
    """INSERT INTO distribution_journal (key, kind, ref, at)
       SELECT 'freeze:' || order_no || ':' || tier, 'freeze', order_no, frozen_at FROM distribution_commission""",
    "ANALYZE distribution_journal, distribution_commission, distribution_account",
    *(
        f"""INSERT INTO distribution_entry (journal_id, account_id, delta_fen)
            SELECT j.id, a.id, {sign} c.amount_fen FROM distribution_commission c
            JOIN distribution_journal j ON j.key = '{kind}:' || c.order_no || ':' || c.tier
            JOIN distribution_account a ON {owner} AND a.bucket = '{bucket}'"""
        for kind, sign, owner, bucket in (
            ("earn", "-", "a.distributor_id IS NULL", "expense"),
            ("earn", "+", "a.distributor_id = c.distributor_id", "estimated"),
            ("freeze", "-", "a.distributor_id = c.distributor_id", "estimated"),
            ("freeze", "+", "a.distributor_id = c.distributor_id", "frozen"),
        )
    ),
    """UPDATE distribution_account a SET balance_fen = s.total
       FROM (SELECT account_id, sum(delta_fen) AS total FROM distribution_entry GROUP BY 1) s
       WHERE s.account_id = a.id AND a.distributor_id IS NOT NULL""",
)


def _analyse(*tables: str) -> None:
    """What autovacuum does after a load: statistics, visibility, and index entries moved to their places."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def words() -> list[str]:
    """Two-character words people search for."""
    return [thing for kinds in THINGS.values() for thing in kinds if len(thing) == 2]
