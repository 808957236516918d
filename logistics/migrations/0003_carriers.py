"""The carriers a Chinese shop ships with, under the codes of both tracking services, and a freight rule to start from."""

from django.db import migrations

# our code (= KDNiao and WeChat), name, Kuaidi100, customer service
CARRIERS = [
    ("SF", "顺丰速运", "shunfeng", "95338"),
    ("ZTO", "中通快递", "zhongtong", "95311"),
    ("YTO", "圆通速递", "yuantong", "95554"),
    ("STO", "申通快递", "shentong", "95543"),
    ("YD", "韵达快递", "yunda", "95546"),
    ("JTSD", "极兔速递", "jtexpress", "956025"),
    ("JD", "京东物流", "jd", "950616"),
    ("EMS", "邮政 EMS", "ems", "11183"),
    ("YZPY", "邮政包裹", "youzhengguonei", "11183"),
    ("DBL", "德邦快递", "debangkuaidi", "95353"),
    ("DBLKY", "德邦物流", "debangwuliu", "95353"),
    ("HTKY", "百世快递", "huitongkuaidi", "95320"),
    ("ZJS", "宅急送", "zhaijisong", "400-678-9000"),
    ("HHTT", "天天快递", "tiantian", "400-188-8888"),
    ("UC", "优速快递", "youshuwuliu", "95349"),
    ("DNWL", "丹鸟物流", "danniao", ""),
    ("SNWL", "苏宁物流", "suning", ""),
]


def load(apps, schema_editor):
    carrier = apps.get_model("logistics", "Carrier")
    carrier.objects.bulk_create(
        [
            carrier(code=code, name=name, kd100_code=kd100, kdniao_code=code, phone=phone)
            for code, name, kd100, phone in CARRIERS
        ],
        ignore_conflicts=True,
    )
    remote = {"first_fee_fen": 2000, "further_fee_fen": 1000, "free_over_fen": 0}
    rule = apps.get_model("logistics", "FreightRule")
    rule.objects.get_or_create(
        is_default=True,
        defaults={
            "name": "全国快递",
            "first_weight_g": 1000,
            "first_fee_fen": 800,
            "further_weight_g": 1000,
            "further_fee_fen": 200,
            "free_over_fen": 9900,
            "provinces": {"西藏自治区": remote, "新疆维吾尔自治区": remote},
        },
    )


class Migration(migrations.Migration):
    dependencies = [("logistics", "0002_parcel_subscription")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
