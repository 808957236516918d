"""What the region package leaves out: Hong Kong, Macau and Taiwan, towns of the cities without districts, and the
city level of municipalities and of counties that answer to a province directly.

Names are facts of public administration, typed by us. Codes under an official prefix are serials of our own where
none is assigned.
"""

Nested = list[tuple[str, str, list[tuple[str, str, list[tuple[str, str]]]]]]

# Provinces the package lists without anything beneath: name -> (code, cities with their districts).
TERRITORIES: dict[str, tuple[str, dict[str, str]]] = {
    "香港特别行政区": (
        "81",
        {
            "香港岛": "中西区 湾仔区 东区 南区",
            "九龙": "油尖旺区 深水埗区 九龙城区 黄大仙区 观塘区",
            "新界": "荃湾区 屯门区 元朗区 北区 大埔区 西贡区 沙田区 葵青区 离岛区",
        },
    ),
    "澳门特别行政区": (
        "82",
        {
            "澳门半岛": "花地玛堂区 花王堂区 望德堂区 大堂区 风顺堂区",
            "离岛": "嘉模堂区 路氹填海区 圣方济各堂区",
        },
    ),
    "台湾省": (
        "71",
        {
            "台北市": "中正区 大同区 中山区 松山区 大安区 万华区 信义区 士林区 北投区 内湖区 南港区 文山区",
            "新北市": "板桥区 三重区 中和区 永和区 新庄区 新店区 树林区 莺歌区 三峡区 淡水区 汐止区 瑞芳区 土城区 芦洲区 五股区 泰山区 "
            "林口区 深坑区 石碇区 坪林区 三芝区 石门区 八里区 平溪区 双溪区 贡寮区 金山区 万里区 乌来区",
            "桃园市": "桃园区 中坜区 大溪区 杨梅区 芦竹区 大园区 龟山区 八德区 龙潭区 平镇区 新屋区 观音区 复兴区",
            "台中市": "中区 东区 南区 西区 北区 西屯区 南屯区 北屯区 丰原区 东势区 大甲区 清水区 沙鹿区 梧栖区 后里区 神冈区 潭子区 "
            "大雅区 新社区 石冈区 外埔区 大安区 乌日区 大肚区 龙井区 雾峰区 太平区 大里区 和平区",
            "台南市": "新营区 盐水区 白河区 柳营区 后壁区 东山区 麻豆区 下营区 六甲区 官田区 大内区 佳里区 学甲区 西港区 七股区 将军区 "
            "北门区 新化区 善化区 新市区 安定区 山上区 玉井区 楠西区 南化区 左镇区 仁德区 归仁区 关庙区 龙崎区 永康区 东区 南区 "
            "北区 安南区 安平区 中西区",
            "高雄市": "盐埕区 鼓山区 左营区 楠梓区 三民区 新兴区 前金区 苓雅区 前镇区 旗津区 小港区 凤山区 林园区 大寮区 大树区 大社区 "
            "仁武区 鸟松区 冈山区 桥头区 燕巢区 田寮区 阿莲区 路竹区 湖内区 茄萣区 永安区 弥陀区 梓官区 旗山区 美浓区 六龟区 "
            "甲仙区 杉林区 内门区 茂林区 桃源区 那玛夏区",
            "基隆市": "中正区 七堵区 暖暖区 仁爱区 中山区 安乐区 信义区",
            "新竹市": "东区 北区 香山区",
            "嘉义市": "东区 西区",
            "新竹县": "竹北市 竹东镇 新埔镇 关西镇 湖口乡 新丰乡 芎林乡 横山乡 北埔乡 宝山乡 峨眉乡 尖石乡 五峰乡",
            "苗栗县": "苗栗市 头份市 苑里镇 通霄镇 竹南镇 后龙镇 卓兰镇 大湖乡 公馆乡 铜锣乡 南庄乡 头屋乡 三义乡 西湖乡 造桥乡 三湾乡 "
            "狮潭乡 泰安乡",
            "彰化县": "彰化市 员林市 鹿港镇 和美镇 北斗镇 溪湖镇 田中镇 二林镇 线西乡 伸港乡 福兴乡 秀水乡 花坛乡 芬园乡 大村乡 埔盐乡 "
            "埔心乡 永靖乡 社头乡 二水乡 田尾乡 埤头乡 芳苑乡 大城乡 竹塘乡 溪州乡",
            "南投县": "南投市 埔里镇 草屯镇 竹山镇 集集镇 名间乡 鹿谷乡 中寮乡 鱼池乡 国姓乡 水里乡 信义乡 仁爱乡",
            "云林县": "斗六市 斗南镇 虎尾镇 西螺镇 土库镇 北港镇 古坑乡 大埤乡 莿桐乡 林内乡 二仑乡 仑背乡 麦寮乡 东势乡 褒忠乡 台西乡 "
            "元长乡 四湖乡 口湖乡 水林乡",
            "嘉义县": "太保市 朴子市 布袋镇 大林镇 民雄乡 溪口乡 新港乡 六脚乡 东石乡 义竹乡 鹿草乡 水上乡 中埔乡 竹崎乡 梅山乡 番路乡 "
            "大埔乡 阿里山乡",
            "屏东县": "屏东市 潮州镇 东港镇 恒春镇 万丹乡 长治乡 麟洛乡 九如乡 里港乡 盐埔乡 高树乡 万峦乡 内埔乡 竹田乡 新埤乡 枋寮乡 "
            "新园乡 崁顶乡 林边乡 南州乡 佳冬乡 琉球乡 车城乡 满州乡 枋山乡 三地门乡 雾台乡 玛家乡 泰武乡 来义乡 春日乡 狮子乡 "
            "牡丹乡",
            "宜兰县": "宜兰市 罗东镇 苏澳镇 头城镇 礁溪乡 壮围乡 员山乡 冬山乡 五结乡 三星乡 大同乡 南澳乡",
            "花莲县": "花莲市 凤林镇 玉里镇 新城乡 吉安乡 寿丰乡 光复乡 丰滨乡 瑞穗乡 富里乡 秀林乡 万荣乡 卓溪乡",
            "台东县": "台东市 成功镇 关山镇 卑南乡 大武乡 太麻里乡 东河乡 长滨乡 鹿野乡 池上乡 绿岛乡 延平乡 海端乡 达仁乡 金峰乡 兰屿乡",
            "澎湖县": "马公市 湖西乡 白沙乡 西屿乡 望安乡 七美乡",
        },
    ),
}

# Prefecture-level cities without districts: their streets and towns take that place.
TOWNS: dict[str, str] = {
    "东莞市": "东城街道 南城街道 万江街道 莞城街道 石碣镇 石龙镇 茶山镇 石排镇 企石镇 横沥镇 桥头镇 谢岗镇 东坑镇 常平镇 寮步镇 "
    "樟木头镇 大朗镇 黄江镇 清溪镇 塘厦镇 凤岗镇 大岭山镇 长安镇 虎门镇 厚街镇 沙田镇 道滘镇 洪梅镇 麻涌镇 望牛墩镇 中堂镇 "
    "高埗镇 松山湖 东莞港 东莞生态园",
    "中山市": "石岐街道 东区街道 中山港街道 西区街道 南区街道 五桂山街道 民众街道 南朗街道 黄圃镇 东凤镇 古镇镇 沙溪镇 坦洲镇 港口镇 "
    "三角镇 横栏镇 南头镇 阜沙镇 三乡镇 板芙镇 大涌镇 神湾镇 小榄镇",
    "儋州市": "那大镇 和庆镇 南丰镇 大成镇 雅星镇 兰洋镇 光村镇 木棠镇 海头镇 峨蔓镇 王五镇 白马井镇 中和镇 排浦镇 东成镇 新州镇 "
    "洋浦经济开发区",
    "嘉峪关市": "雄关街道 钢城街道 新城镇 峪泉镇 文殊镇",
}

# The city level between a province and the counties that answer to it directly: province code -> (code, name).
DIRECT: dict[str, tuple[str, str]] = {
    "11": ("1101", "北京市"),
    "12": ("1201", "天津市"),
    "31": ("3101", "上海市"),
    "50": ("5001", "重庆市"),
    "41": ("4190", "省直辖县级行政区划"),
    "42": ("4290", "省直辖县级行政区划"),
    "46": ("4690", "省直辖县级行政区划"),
    "65": ("6590", "自治区直辖县级行政区划"),
}


def territory(name: str) -> tuple[str, str, list[tuple[str, str, list[tuple[str, str]]]]]:
    """(code, name, cities) of a province that the package leaves empty."""
    code, cities = TERRITORIES[name]
    nested = [
        (f"{code}{number:02d}", city, numbered(f"{code}{number:02d}", names))
        for number, (city, names) in enumerate(cities.items(), start=1)
    ]
    return code, name, nested


def towns(city_code: str, city: str) -> list[tuple[str, str]]:
    """(code, name) of the towns of a city without districts; empty for others."""
    return numbered(city_code, TOWNS.get(city, ""))


def numbered(prefix: str, names: str) -> list[tuple[str, str]]:
    """Serial codes under `prefix` for names separated by spaces."""
    return [(f"{prefix}{number:02d}", name) for number, name in enumerate(names.split(), start=1)]
