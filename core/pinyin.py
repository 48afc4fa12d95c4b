"""Pinyin of a person's name, by which lists are sorted and found: surnames read as surnames."""

from functools import lru_cache

from core.identity import normalise_number

COMPOUND_SURNAMES = {
    "欧阳": "ou yang",
    "司马": "si ma",
    "上官": "shang guan",
    "诸葛": "zhu ge",
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "长孙": "zhang sun",
    "令狐": "ling hu",
    "皇甫": "huang fu",
    "慕容": "mu rong",
    "东方": "dong fang",
    "西门": "xi men",
    "夏侯": "xia hou",
    "司徒": "si tu",
    "司空": "si kong",
    "公孙": "gong sun",
    "宇文": "yu wen",
    "澹台": "tan tai",
    "呼延": "hu yan",
    "端木": "duan mu",
    "百里": "bai li",
    "南宫": "nan gong",
    "独孤": "du gu",
    "轩辕": "xuan yuan",
    "鲜于": "xian yu",
    "闾丘": "lv qiu",
    "宗政": "zong zheng",
    "濮阳": "pu yang",
    "淳于": "chun yu",
    "赫连": "he lian",
    "钟离": "zhong li",
    "亓官": "qi guan",
    "拓跋": "tuo ba",
}
SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "盖": "ge",
    "朴": "piao",
    "区": "ou",
    "员": "yun",
    "乐": "yue",
    "冼": "xian",
    "缪": "miao",
    "纪": "ji",
    "翟": "zhai",
    "覃": "qin",
    "洗": "xian",
    "秘": "bi",
    "黑": "he",
    "折": "she",
    "召": "shao",
    "繁": "po",
    "祭": "zhai",
    "种": "chong",
    "卜": "bu",
    "能": "nai",
    "阚": "kan",
    "隗": "wei",
    "佴": "nai",
    "重": "chong",
    "薄": "bo",
}
DOTS = "·•・.‧。"


def name_pinyin(name: str) -> str:
    """Give the syllables of a name in lower case with blanks between: 曾小明 → zeng xiao ming.

    A character without a known reading stays itself, so that such names still sort together.
    """
    name = normalise_number(name)
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return f"{COMPOUND_SURNAMES[name[:2]]} {_read(name[2:])}"
    if name[:1] in SURNAMES:
        return f"{SURNAMES[name[:1]]} {_read(name[1:])}".strip()
    return _read(name)


@lru_cache(maxsize=50_000)
def _read(text: str) -> str:
    # The tables take a quarter of a second to load; a process that reads no names need not pay.
    from pypinyin import lazy_pinyin

    plain = "".join(" " if char in DOTS else char for char in text)
    return " ".join(" ".join(lazy_pinyin(plain)).lower().split())
