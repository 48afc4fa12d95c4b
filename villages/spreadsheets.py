"""The member list (成员名单): its columns, and how a row becomes a person and a membership."""

from __future__ import annotations

import re
from typing import Any

from core.imports.kinds import SheetRow
from core.sheets.cleaning import tight
from core.sheets.headers import Column

SEXES = {"男": "male", "男性": "male", "1": "male", "女": "female", "女性": "female", "2": "female"}
PLACE_SUFFIX = re.compile(
    r"(村民委员会|社区居民委员会|居民委员会|股份经济合作联合社|股份经济合作社|经济联合社|经济合作社|村委会|居委会|村委|社区|村|委员会)$"
)
TOWN_SUFFIX = re.compile(r"(街道办事处|街道办|街办|街道|民族乡|镇|乡)$")

NAME_SYNONYMS = ("名字", "成员姓名", "人员姓名", "参保人姓名", "缴费人姓名", "参保人", "姓　名")
ID_SYNONYMS = (
    "身份证号", "身份证号码", "身份证", "证件号码", "证件号", "身份号码", "公民身份号", "公民身份证号码",
    "公民身份证号", "居民身份证号码", "居民身份证号", "身份证件号码", "有效身份证件号码",
)  # fmt: skip

MEMBER_COLUMNS = (
    Column("name", "姓名", NAME_SYNONYMS, "name", needed=True, sample="张三", width=10),
    Column(
        "id_number", "公民身份号码", ID_SYNONYMS, "id", needed=True, sample="500115199003071234", width=22
    ),
    Column("sex", "性别", (), "choice", choices=SEXES, is_soft=True, sample="男", width=6),
    Column(
        "birth_date",
        "出生日期",
        ("出生年月日", "出生年月", "生日"),
        "date",
        is_soft=True,
        sample="1990-03-07",
    ),
    Column(
        "town", "镇（街）", ("镇街", "镇", "乡镇", "镇街道", "街道", "乡镇街", "所属镇街"), fill_down=True
    ),
    Column(
        "village", "村（社区）", ("村", "社区", "村社区", "行政村", "所属村", "村名", "村居"), fill_down=True
    ),
    Column(
        "group_name", "组", ("村民小组", "小组", "组别", "所在组", "社", "组名"), max_length=20, sample="1组"
    ),
    Column(
        "person_kind", "人员类别", ("类别", "人员类型", "困难类别", "身份类别", "人员身份"), sample="普通"
    ),
    Column(
        "phone",
        "联系电话",
        ("电话", "手机", "手机号", "手机号码", "联系方式", "电话号码"),
        "phone",
        is_soft=True,
        sample="13800001234",
        width=14,
    ),
    Column("remark", "备注", ("说明", "备注说明"), max_length=120, width=20),
)
# Columns of the sheet that a membership keeps, under the same names.
KEPT = ("group_name", "person_kind", "phone", "remark")
TEMPLATE_COLUMNS = tuple(column for column in MEMBER_COLUMNS if column.name not in {"town", "village"})
TEMPLATE_NOTES = (
    "带*的列必须填，其他列可以空着；列的先后可以调换，列名可以用常见的叫法。",
    "公民身份号码一列已设为“文本”格式，请不要改成数值，否则后几位会丢失。",
    "性别和出生日期以身份证号为准，这里填了只作核对。",
    "人员类别填普通、特困、低保、返贫致贫、重残等，未经认定部门核对以前只作参考。",
    "一个人只写一行；第3行是示例，填表时请删去。",
)


def place_stem(text: Any) -> str:
    """A village's bare name: 石门村村委会 → 石门."""
    return PLACE_SUFFIX.sub("", PLACE_SUFFIX.sub("", tight(text)))


def town_stem(text: Any) -> str:
    """A town's bare name: 晏家街道办事处 → 晏家."""
    return TOWN_SUFFIX.sub("", tight(text))


def is_this_village(text: Any, village: str, town: str) -> bool:
    """Whether a cell means this village, whatever it calls it: 石门村, 石门村委会, 晏家石门, 晏家街道石门村."""
    written, wanted = place_stem(text), place_stem(village)
    if written == wanted:
        return True
    rest = written.removesuffix(wanted) if written.endswith(wanted) else ""
    return bool(rest) and town_stem(rest) in {town_stem(town), ""}


def remark_of(row: SheetRow) -> str:
    """The remark of a row, with the note that stood behind the name."""
    parts = [row.values.get("remark") or "", row.values.get("name_note") or ""]
    return "；".join(dict.fromkeys(part for part in parts if part))[:120]
