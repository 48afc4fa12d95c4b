"""The catalogue of parameters: what a rulebook may state, and how each value is read. It holds no values.

`unit` must stand word for word beside each value in a rulebook. `span` says how one asks: YEAR means "for this
plan year", DATE means "on this day". `keys` fixes the second names where code depends on them; an empty tuple
with a key kind leaves them to the rulebook. A parameter of one choice states what the house is built on: the rulebook
gives the clause and the mark of that answer, and a rulebook that wants another is refused when it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from policies.enums import InterestStrategy, KeyKind, Kind, Payee, Rounding, Seal, Span, Strictness, Treatment
from villages.enums import Role

YUAN_A_YEAR = "元/年"
YUAN_A_MONTH = "元/月"
PERCENT = "%"
SHARE = "几分之几"
YES_NO = "是/否"
YES, NO = YES_AND_NO = ("是", "否")
DAY = "天"
WORKING_DAY = "个工作日"
YEAR_COUNT = "年"
AGE = "周岁"
MONTH_COUNT = "个月"
TOWN_COUNT = "个镇街"
VILLAGE_COUNT = "个村（社区）"
ORGANISATION_COUNT = "个组织"
PERSON_COUNT = "人"
HOUSEHOLD_COUNT = "户"
PICK = "选项"
WORDS = "文字"
CALENDAR_DAY = "月日"
FULL_DATE = "日期"
CODE = "代码"

CONTRIBUTION_KINDS = {
    "regular": "正常缴费",
    "back_payment": "补缴以往年度",
    "lump_sum": "一次性补缴",
    "topup": "提档补差",
    "on_behalf": "政府代缴",
}
FUND_SOURCES = {
    "distributable_income": "集体经济组织可支配收益",
    "welfare_fund": "公益金",
    "own_funds": "自有资金",
    "community_welfare_fund": "社区公益事业资金",
}
SPONSOR_KINDS = {
    "enterprise": "企业等经济组织",
    "social_organisation": "社会组织",
    "charity": "公益慈善组织",
    "individual": "个人",
}
STANDARD_KINDS = {
    "flat": "定额",
    "tier_table": "按缴费档次定额",
    "tier_percent": "按缴费档次比例",
    "age_band": "按年龄段",
    "hardship": "按人员类别",
}
PLAN_PARTS = {
    "fund_source": "资金来源",
    "beneficiaries": "补助对象",
    "standard": "补助标准",
    "procedure": "补助流程",
    "plan_year": "补助年度",
}
DECISION_STEPS = {
    "party_proposal": "党组织提议",
    "committees_discuss": "两委商议",
    "party_members_review": "党员大会审议",
    "resolution": "会议决议",
    "resolution_published": "决议公开",
    "result_published": "实施结果公开",
}
DECISION_BODIES = {
    "members_assembly": "成员大会",
    "member_representatives": "成员代表大会",
    "villagers_meeting": "村（居）民会议",
    "villager_representatives": "村（居）民代表会议",
}
DOCUMENT_KINDS = {"plan": "补助方案", "application": "书面申请", "roster": "人员名单和补助标准"}
HARDSHIP_KINDS = {
    "ordinary": "普通",
    "destitute_supported": "特困人员",
    "minimum_living_allowance": "低保对象",
    "returned_or_new_poverty": "返贫致贫人口",
    "severe_disability": "重度残疾人",
}
STATUS_EVENTS = {
    "DEATH": "死亡",
    "DECLARED_DEAD": "宣告死亡",
    "NATIONALITY_LOST": "丧失国籍",
    "OTHER_PENSION": "已享受其他基本养老保险待遇",
    "JOINED_EMPLOYEE_SCHEME": "参加企业职工基本养老保险",
    "EMIGRATED": "出国（境）定居",
    "DRAWING": "已领取本制度待遇",
}
REFUND_REASONS = {
    "DEATH": "死亡",
    "NATIONALITY_LOST": "丧失国籍",
    "OTHER_PENSION": "已享受基本养老保险待遇",
    "DUPLICATE_CONTRIBUTION": "重复缴费",
    "WRONG_AMOUNT": "多收",
    "WRONG_PERSON": "错收",
    "OTHER": "其他",
}
NUMBERED_PAPERS = {
    "plan": "补助方案",
    "application": "补助申请",
    "notice": "缴款通知书",
    "feedback": "记账结果反馈",
    "refund": "退费核定",
    "reward_application": "奖励资金申请",
    "reward_budget": "奖励预算",
    "reward_payment": "奖励拨付",
    "commendation": "表扬通报",
    "filing": "方案备案",
    "suspension": "暂停备案",
}
GROUNDS = {
    "plan": "制定方案",
    "standard": "补助标准",
    "beneficiaries": "补助对象",
    "application": "提出申请",
    "verification": "实缴核实",
    "remittance": "税务缴款",
    "posting": "社保记账",
    "informing": "信息反馈",
    "refund": "依法退费",
    "reward": "财政奖励",
    "pilot": "试点范围",
    "suspension": "暂停和恢复",
    "sponsorship": "社会资助",
}
OFFICES = {
    "agency": "社保经办机构",
    "human_resources": "人力社保部门",
    "tax": "税务部门",
    "finance": "财政部门",
    "agriculture": "农业农村部门",
    "civil_affairs": "民政部门",
}
VILLAGE_UNITS = {"village_committee": "村", "resident_committee": "社区"}
CUSTODIANS = {
    "organisation": "村集体经济组织",
    "charity": "慈善组织",
    "direct": "直接给受益人",
}
CARE_GROUPS = {"old": "年长者", "young": "年轻人", "hardship": "困难群体"}
SUSPENSION_CAUSES = {"economic": "经济能力", "objective": "其他客观因素"}
REPORTING_LEVELS = {"village": "村", "town": "乡镇（街道）"}
BASELINE_ITEMS = {"operation": "集体经济组织运行状况", "participation": "成员参保底数"}
EVENT_KINDS = {"training": "业务培训", "explanation": "政策讲解", "publicity": "政策宣传"}
EXPLAINED_ITEMS = {
    "purpose": "意义和作用",
    "money_source": "资金来源",
    "money_use": "管理使用办法",
    "yearly_sums": "经济账",
    "lifelong_sums": "长远账",
    "own_contribution": "个人积极缴费",
}
FILING_OFFICES = {
    "town": "乡镇（街道）",
    "county_hr": "县级人社部门",
    "county_agriculture": "县级农业农村部门",
}
YEARS_BEFORE = {"current": "当年", "previous": "上年度"}
WITHDRAWAL_REASONS = {
    key: REFUND_REASONS[key] for key in ("DEATH", "NATIONALITY_LOST", "OTHER_PENSION", "OTHER")
}
INFORM_METHODS = {"publicity": "公示", "sms": "短信", "visit": "上门", "wechat": "微信群", "slip": "告知单"}
ROLES = {str(value): str(label) for value, label in Role.choices}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a rulebook may state; `choices` empty: whatever its kind can read."""

    name: str
    label: str
    kind: Kind
    unit: str
    group: str
    span: Span = Span.DATE
    key_kind: KeyKind = KeyKind.NONE
    keys: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    key_pattern: str = "{key}"

    @property
    def by_year(self) -> bool:
        return self.span == Span.YEAR

    @property
    def is_built_in(self) -> bool:
        """Whether there is one answer only."""
        return len(self.choices) == 1


def _choices(enum: type[models.TextChoices]) -> dict[str, str]:
    return {str(value): str(label) for value, label in enum.choices}


def _only(choice: models.TextChoices) -> dict[str, str]:
    return {str(choice): str(choice.label)}


class _Group:
    """Collects the parameters of one heading; each method is one kind of value."""

    def __init__(self, title: str) -> None:
        self.title = title

    def _add(self, name: str, label: str, kind: Kind, unit: str, **more: Any) -> None:
        if name in PARAMETERS:
            raise TypeError(f"the parameter {name} is declared twice")
        PARAMETERS[name] = Parameter(name, label, kind, unit, self.title, **more)

    def money(self, name: str, label: str, unit: str = YUAN_A_YEAR, **more: Any) -> None:
        self._add(name, label, Kind.MONEY, unit, **more)

    def rate(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.RATE, PERCENT, **more)

    def fraction(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.FRACTION, SHARE, **more)

    def integer(self, name: str, label: str, unit: str, **more: Any) -> None:
        self._add(name, label, Kind.INTEGER, unit, **more)

    def days(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.DAYS, DAY, **more)

    def working_days(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.WORKING_DAYS, WORKING_DAY, **more)

    def boolean(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.BOOLEAN, YES_NO, **more)

    def built_in(self, name: str, label: str, answer: str) -> None:
        """A yes or no to which the house knows one answer only."""
        self.boolean(name, label, choices={answer: answer})

    def choice(self, name: str, label: str, choices: Mapping[str, str], **more: Any) -> None:
        self._add(name, label, Kind.CHOICE, PICK, choices=choices, **more)

    def date(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.DATE, FULL_DATE, **more)

    def month_day(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.MONTH_DAY, CALENDAR_DAY, **more)

    def text(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.TEXT, WORDS, **more)

    def code(self, name: str, label: str, **more: Any) -> None:
        self._add(name, label, Kind.REASON_CODE, CODE, **more)


PARAMETERS: dict[str, Parameter] = {}
_STRICTNESS = _choices(Strictness)
_ROUNDING = _choices(Rounding)


def _named(keys: Mapping[str, str]) -> dict[str, Any]:
    return {"key_kind": KeyKind.NAME, "keys": keys}


_BY_YEAR: dict[str, Any] = {"span": Span.YEAR}
_STEP: dict[str, Any] = {"key_kind": KeyKind.NUMBER, "key_pattern": "第{key}步"}

_g = _Group("制度与单位")
_g.text("scheme_name", "险种名称")
_g.text("office_name", "单位名称", **_named(OFFICES))
_g.text("administering_unit", "实际管理单位（功能区）", key_kind=KeyKind.REGION)
_g.text("task_force_name", "协调机制", **_named({"county": "县（市、区）"}))
_g.text("task_force_lead", "协调机制的牵头单位")
_g.text("task_force_member", "协调机制的成员单位", **_named(OFFICES))
_g.text("ground", "办理所依据的条款", **_named(GROUNDS))
_g.text("workflow_step", "办理流程的步骤", **_STEP)
_g.boolean("workflow_step_optional", "步骤只在需要时办", **_STEP)
_g.boolean("workflow_step_yearly", "步骤按年办（不按批次）", **_STEP)
_g.text("number_pattern", "文书编号格式", **_named(NUMBERED_PAPERS))
_g.days("backdating_days", "各岗位可补录的天数", **_named(ROLES))
_g.text("hardship_kind", "人员类别", **_named(HARDSHIP_KINDS))
_g.choice(
    "hardship_word",
    "人员类别的常见叫法",
    {**HARDSHIP_KINDS, "ask": "须问清属于哪一类"},
    key_kind=KeyKind.NAME,
)


_g = _Group("试点范围与目标")
_g.choice(
    "pilot_scope",
    "哪些组织可以参加",
    {
        "listed_towns": "名单内的镇街",
        "all_towns": "全部镇街",
        "selected_counties": "选定的县",
        "listed_villages": "名单内的村",
    },
)
_g.text("pilot_town", "首批试点镇街", key_kind=KeyKind.REGION)
_g.text("pilot_village", "试点村（社区）", key_kind=KeyKind.REGION, **_BY_YEAR)
_g.integer("pilot_village_count", "名单内的村（社区）数", VILLAGE_COUNT, key_kind=KeyKind.REGION, **_BY_YEAR)
_g.text("pilot_county", "选定的试点县", key_kind=KeyKind.REGION)
_g.text("pilot_county_criterion", "试点县的条件", key_kind=KeyKind.NAME)
_g.boolean("pilot_county_applies", "试点县须先提出申请")
_g.text("pilot_county_decided_by", "选定试点县的部门")
_g.boolean("village_unit_allowed", "可以参加的基层单位", **_named(VILLAGE_UNITS))
_g.text("pilot_criterion", "试点组织的条件", key_kind=KeyKind.NAME)
_g.integer("pilot_organisations_min", "首批试点组织数下限", ORGANISATION_COUNT)
_g.integer("pilot_organisations_max", "首批试点组织数上限", ORGANISATION_COUNT)
_g.date("goal_first_batch_on", "首批试点完成期限")
_g.integer("goal_towns", "应有组织开展补助的镇街数", TOWN_COUNT, **_BY_YEAR)
_g.integer("goal_organisations_per_town", "每个镇街至少开展的组织数", ORGANISATION_COUNT, **_BY_YEAR)
_g.rate("goal_organisation_share", "应开展补助的组织比例", **_BY_YEAR)
_g.month_day("goal_last_day", "年度目标的截止日", **_BY_YEAR)
_g.choice(
    "goal_denominator",
    "比例目标的分母",
    {"registered_organisations": "登记的村集体经济组织"},
)
_g.choice("goal_rounding", "比例目标折算个数的取整", _ROUNDING)
_g.choice(
    "town_counts_from",
    "镇街何时算有组织开展",
    {"first_posted_line": "第一笔补助记账"},
)
_g.choice(
    "organisation_done_when",
    "组织何时算完成",
    {"batch_posted": "一批补助记账"},
)

_g = _Group("摸底、宣传与总结")
_g.text("baseline_item", "须摸清的底数", **_named(BASELINE_ITEMS))
_g.text("experience_note", "须总结的经验", **_named(REPORTING_LEVELS))
_g.integer("experience_note_every", "总结的间隔", MONTH_COUNT)
_g.text("event_kind", "宣传和培训", **_named(EVENT_KINDS))
_g.text("explained_item", "须讲清的内容", **_named(EXPLAINED_ITEMS))

_g = _Group("补助对象")
_g.boolean("membership_required", "须为本集体经济组织成员")
_g.integer("qualifying_year_offset", "认可的缴费年度（比补助年度早几年）", YEAR_COUNT, **_named(YEARS_BEFORE))
_g.code("qualifying_year_warning", "依据该年度缴费时的提醒", **_named(YEARS_BEFORE))
_g.choice("contribution_treatment", "各类缴费怎样认定", _choices(Treatment), **_named(CONTRIBUTION_KINDS))
_g.code("contribution_reason", "各类缴费的提醒或不予原因", **_named(CONTRIBUTION_KINDS))
_g.choice(
    "lump_sum_year_by",
    "一次性补缴算哪一年",
    {"payment_day": "缴费的那一年", "contribution_year": "补缴的那一年"},
)
_g.choice(
    "lump_sum_found_later",
    "记账以后才发现的一次性补缴",
    {"todo": "提示人工处理"},
)
_g.choice("reuse_qualifying_year", "同一年度缴费用于两个补助年度", _STRICTNESS)
_g.boolean("onbehalf_counts", "政府全额代缴算完成缴费")
_g.choice(
    "contribution_parts",
    "同一年度分几笔缴费的",
    {"together": "各笔合计认定档次", "each": "每笔单独认定"},
)
_g.choice(
    "qualifying_tier_of",
    "按档次补助时取哪一年的档次",
    {"qualifying_contribution": "作为依据的那笔缴费"},
)
_g.choice(
    "eligibility_judged_on",
    "按哪一天判断资格",
    {"verification_date": "核实当天"},
)
_g.month_day("age_counted_on", "年龄段按补助年度哪一天计算")
_g.integer("minimum_age", "参保最低年龄", AGE)
_g.integer("pension_age", "领取待遇年龄", AGE)
_g.boolean("drawing_excluded", "已领取本制度待遇的不补助")
_g.boolean("other_county_excluded", "在其他区县参保的不补助")
_g.choice("other_village_open_line", "他村尚未复核的同年补助", _STRICTNESS)
_g.choice("repeat_line", "本村同年再次补助同一人", _STRICTNESS)
_g.choice("cents_in_amount", "补助金额不是整元", _STRICTNESS)
_g.code("status_refusal", "人员状态变更对补助的影响", **_named(STATUS_EVENTS))
_g.choice(
    "qualifying_contribution_reversed",
    "作为依据的缴费后来退回",
    {"todo": "提示人工处理"},
)
_g.text("care_group", "须兼顾的人群", **_named(CARE_GROUPS))
_g.integer("care_group_age_from", "须兼顾人群的起始年龄", AGE, **_named(CARE_GROUPS))
_g.integer("care_group_age_to", "须兼顾人群的截止年龄", AGE, **_named(CARE_GROUPS))
_g.built_in("name_must_match", "姓名须与身份证号登记一致", YES)

_g = _Group("档次、上限与政府补贴")
_g.money("contribution_tier", "个人缴费档次", key_kind=KeyKind.TIER, **_BY_YEAR)
_g.money("special_tier", "特殊档次（仅限代缴）", key_kind=KeyKind.TIER, **_BY_YEAR)
_g.money("government_subsidy", "政府缴费补贴", key_kind=KeyKind.TIER, **_BY_YEAR)
_g.money("subsidy_special_tier", "特殊档次的政府缴费补贴", **_BY_YEAR)
_g.choice("cap_basis", "每人每年补助上限", {"highest_tier": "当年最高缴费档次"})
_g.choice(
    "cap_tier_year",
    "上限取哪一年的最高档次",
    {"plan_year": "补助年度", "qualifying_year": "作为依据的缴费年度"},
)
_g.choice(
    "cap_tier_table",
    "上限取哪一级的档次表",
    {"city": "省、市统一的档次表", "county": "本县（市、区）的档次表"},
)
_g.boolean("cap_includes_sponsors", "社会资助计入上限")
_g.built_in("cap_includes_other_villages", "其他村的补助计入上限", YES)
_g.built_in("cap_includes_personal", "个人缴费计入上限", NO)
_g.built_in("government_subsidy_on_personal_only", "政府补贴只按个人缴费部分计算", YES)
_g.boolean("government_subsidy_counts_onbehalf", "政府补贴按个人加代缴合计的档次计算")

_g = _Group("补助方案")
_g.text("plan_part", "方案必备内容", **_named(PLAN_PARTS))
_g.boolean("standard_allowed", "可用的补助标准", **_named(STANDARD_KINDS))
_g.boolean("fund_source_allowed", "可用的资金来源", **_named(FUND_SOURCES), **_BY_YEAR)
_g.text("fund_source_name", "资金来源名称", **_named(FUND_SOURCES))
_g.boolean("fund_source_in_income_test", "计入可支配收益对照", **_named(FUND_SOURCES))
_g.boolean("supplementary_plan_allowed", "可另定补充分配方案", **_BY_YEAR)
_g.choice("over_income", "补助总额超过可支配收益", _STRICTNESS)
_g.integer("income_year_offset", "可支配收益取补助年度之前第几年", YEAR_COUNT)
_g.built_in("income_after_reserve", "可支配收益为提取公积公益金之后", YES)
_g.boolean("income_covers_all_plans", "全年各方案合并对照可支配收益")
_g.rate("afford_warning", "补助总额占可支配收益的提醒线")
_g.rate("standard_high_warning", "补助标准占最高档次的提醒线")
_g.choice("tier_order", "高档次补助低于低档次", _STRICTNESS)
_g.choice("line_above_standard", "个人补助高于方案标准", _STRICTNESS)
_g.choice("line_below_standard", "个人补助低于方案标准", _STRICTNESS)
_g.choice("percent_rounding", "按比例补助的取整", _only(Rounding.HALF_UP))
_g.choice("responsible_person_missing", "未填写负责人", _STRICTNESS)
_g.choice("decision_before_policy", "决策日期早于政策文件", _STRICTNESS)
_g.boolean("revision_needs_later_decision", "调整方案须有晚于前一版的决策")
_g.built_in("topup_allowed", "调整标准后可补差", YES)

_g = _Group("社会资助与专款")
_g.boolean("sponsor_allowed", "可接受的社会资助", **_named(SPONSOR_KINDS))
_g.choice("collective_money_custodian", "集体补助资金由谁管理", CUSTODIANS)
_g.boolean("sponsor_custody_allowed", "社会资助资金可由谁管理", **_named(CUSTODIANS))
_g.boolean("charity_identity_required", "慈善组织管理的须有名称和代码")
_g.boolean("sponsor_for_needy_only", "社会资助只给有需要的参保人")
_g.boolean("sponsor_plan_decided", "资助方案须经民主决策和备案", **_named(CUSTODIANS))
_g.boolean("collective_money_earmarked", "集体补助资金按专款管理")
_g.choice("pool_overdrawn", "支出超过专款余额", _STRICTNESS)

_g = _Group("民主决策")
_g.text("decision_procedure", "决策程序")
_g.text("decision_body", "决策会议", **_named(DECISION_BODIES))
_g.text("decision_step", "决策与公开环节", **_named(DECISION_STEPS))
_g.boolean("decision_step_required", "环节必填", **_named(DECISION_STEPS))
_g.choice(
    "decision_step_due",
    "环节最迟何时完成",
    {"decision": "登记决策时", "filing": "备案以前", "closing": "办结以前"},
    **_named(DECISION_STEPS),
)
_g.text("decision_body_beside", "可另行记录的会议", **_named(DECISION_BODIES))
_g.days("decision_notice_days", "会议通知提前天数")
_g.days("plan_shown_days", "方案供查阅的提前天数")
_g.boolean("notice_counts_posting_day", "张贴当天计入天数")
_g.fraction("decision_attendance_share", "到会人数占应到人数")
_g.fraction("decision_agreement_share", "同意人数占全体人数")
_g.integer("representatives_more_than", "成员代表人数须多于", PERSON_COUNT)
_g.integer("representative_households_min", "每名代表至少代表", HOUSEHOLD_COUNT)
_g.integer("representative_households_max", "每名代表至多代表", HOUSEHOLD_COUNT)

_g = _Group("备案与暂停")
_g.text("filing_office", "方案备案单位", **_named(FILING_OFFICES))
_g.boolean("filing_before_application", "备案完成后才能申请")
_g.choice("filing_order", "几个单位备案的先后", {"side_by_side": "同时报备", "in_turn": "依次报备"})
_g.working_days("filing_silence_days", "逾期未退回视同备案")
_g.choice("filing_counted_from", "备案期限从哪天算起", {"receipt": "收到的次日"})
_g.choice(
    "filing_silence_counts_on",
    "逾期未退回从哪天起视同备案",
    {"next_day": "期满次日", "last_day": "期满当日"},
)
_g.choice(
    "filing_after_return",
    "退回以后向谁重报",
    {"same_office": "只向退回的单位", "every_office": "向全部单位"},
)
_g.choice(
    "filing_after_change",
    "方案内容改动后向谁重报",
    {"same_office": "只向退回的单位", "every_office": "向全部单位"},
)
_g.boolean("suspension_allowed", "可以暂停补助")
_g.text("suspension_cause", "暂停事由", **_named(SUSPENSION_CAUSES))
_g.boolean("suspension_needs_decision", "暂停须有决策")
_g.text("suspension_filing_office", "暂停备案单位", **_named(FILING_OFFICES))
_g.choice(
    "suspension_from",
    "暂停从哪天起",
    {"day_in_decision": "决定写明的日期", "last_filing": "备案完成之日"},
)
_g.choice("suspension_scope", "暂停的范围", {"organisation": "整个组织"})
_g.choice(
    "suspension_unremitted_line",
    "暂停时尚未缴款的补助",
    {"cancel": "取消", "finish": "继续办完"},
)
_g.choice(
    "suspension_remitted_line",
    "暂停时已经缴款的补助",
    {"finish": "继续办完", "return": "退回"},
)
_g.boolean("resumption_allowed", "暂停后可以恢复")
_g.boolean("resumption_needs_application", "恢复须提出申请")
_g.boolean("resumption_retroactive", "恢复后可补办暂停的年度")

_g = _Group("申请与撤回")
_g.text("application_document", "申请材料", **_named(DOCUMENT_KINDS))
_g.choice("application_seal", "申请材料的印章", _choices(Seal), **_named(DOCUMENT_KINDS))
_g.choice("application_extra_seal", "申请材料可另盖的印章", _choices(Seal), **_named(DOCUMENT_KINDS))
_g.text("application_declaration", "申请单位承诺")
_g.month_day("application_first_day", "当年受理申请的首日", **_BY_YEAR)
_g.month_day("application_last_day", "当年受理申请的末日", **_BY_YEAR)
_g.built_in("supplementary_batch_allowed", "名单报出后缴费的可报补充批次", YES)
_g.working_days("application_correction_days", "退回补正期限")
_g.built_in("town_opinion_required", "须有镇街意见", NO)
_g.text("withdrawal_reason", "撤回事由", **_named(WITHDRAWAL_REASONS))
_g.choice(
    "withdrawal_until",
    "可以撤回到何时",
    {"money_in_fund": "补助款划入财政专户以前"},
)
_g.built_in("withdraw_after_own_payment", "本人已缴费后死亡仍须撤回", YES)

_g = _Group("税务缴款")
_g.text("tax_item", "征收项目")
_g.days("notice_payment_days", "缴款通知书的缴款期限")
_g.choice(
    "notice_replacement_covers",
    "换开通知书的范围",
    {"unpaid_rest": "只含尚未缴款的部分"},
)
_g.boolean("give_up_after_deadline", "逾期可放弃缴款")
_g.boolean("late_money_revives_line", "放弃后到账的款项恢复原补助")

_g = _Group("记账、计息与待遇")
_g.rate("interest_rate", "个人账户记账利率", **_BY_YEAR)
_g.boolean("interest_rate_published", "记账利率已公布", **_BY_YEAR)
_g.built_in("provisional_interest_posted", "未公布的利率可以记账", NO)
_g.choice("interest_strategy", "计息办法", _choices(InterestStrategy))
_g.choice("interest_rounding", "利息取整", _ROUNDING)
_g.integer("annuity_divisor", "计发月数", MONTH_COUNT)
_g.integer("contribution_years_min", "最低缴费年限", YEAR_COUNT)
_g.money("basic_pension", "基础养老金", YUAN_A_MONTH)
_g.money("long_contribution_bonus", "缴费年限养老金（超过最低年限每年）", YUAN_A_MONTH)
_g.money("age_bonus", "高龄加发", YUAN_A_MONTH, key_kind=KeyKind.NUMBER, key_pattern="满{key}周岁")
_g.choice("pension_rounding", "月养老金取整", _only(Rounding.HALF_UP))

_g = _Group("信息反馈")
_g.text("inform_method", "告知方式", **_named(INFORM_METHODS))
_g.days("inform_days", "告知补助对象的期限")

_g = _Group("退费")
_g.text("refund_reason", "退费事由", **_named(REFUND_REASONS))
_g.text("refund_evidence", "退费凭证资料", **_named(REFUND_REASONS))
_g.choice("refund_payee_by_reason", "退给谁", _choices(Payee), **_named(REFUND_REASONS))
_g.boolean("refund_reduces_base", "退费减少奖励基数", **_named(REFUND_REASONS))
_g.choice("refund_interest", "退费部分的利息", {"none": "只退本金，利息冲回", "keep": "利息保留"})
_g.boolean("refund_event_before_payment", "事由须发生在缴款日或以前", **_named(REFUND_REASONS))
_g.choice("refund_counts_on", "退费计入哪一天", {"paid_on": "退款日"})
_g.choice("refund_of_sponsor_money", "社会资助退费去向", {"pool": "退回专款", "sponsor": "退回资助人"})
_g.working_days("registration_change_days", "变更、注销登记办理期限")
_g.working_days("pension_claim_days", "待遇申领办理期限")
_g.working_days("status_report_days", "丧失待遇资格告知期限")

_g = _Group("财政奖励")
_g.choice("reward_form", "奖励形式", {"money": "财政奖励资金", "commendation": "通报表扬", "none": "不奖励"})
_g.text("commendation_name", "表扬的形式")
_g.text("commendation_occasion", "在哪项工作中表扬")
_g.boolean("county_incentive_allowed", "县（市、区）可另定激励")
_g.rate("reward_ceiling", "奖励比例上限", **_BY_YEAR)
_g.choice("reward_rate_default", "未另定比例时采用", {"ceiling": "按上限", "none": "不奖励"})
_g.choice("reward_without_rate", "没有比例的年度", {"no_reward": "不奖励并提示"})
_g.choice("reward_rounding", "奖励金额取整", _only(Rounding.DOWN))
_g.month_day("reward_from", "最早核定日（补助年度之后一年）")
_g.integer("reward_from_offset", "最早核定日在补助年度之后第几年", YEAR_COUNT)
_g.boolean("source_in_reward_base", "计入奖励基数的资金", **_named({**FUND_SOURCES, "sponsor": "社会资助"}))
_g.boolean("reward_base_less_refunds", "奖励基数扣除退费")
_g.choice("reward_refund_after_payment", "拨付后的退费", {"offset_next": "冲抵下一次奖励"})
_g.boolean("reward_needs_finished_year", "当年工作全部完成后才核定")
_g.built_in("reward_once_a_year", "每个补助年度奖励一次", YES)
_g.built_in("reward_through_agency", "奖励资金经社保经办机构拨付", YES)
_g.built_in("reward_account_separate", "奖励资金与基金分账", YES)
_g.built_in("budget_carries_over", "奖励预算结转下年", NO)
_g.built_in("batch_after_reward", "奖励核定后可再申请", NO)
