"""States and kinds of the collective subsidy."""

from __future__ import annotations

from enum import IntEnum, auto

from django.db import models


class PlanKind(models.TextChoices):
    REGULAR = "regular", "年度方案"
    SUPPLEMENTARY = "supplementary", "补充分配方案"
    SPONSORED = "sponsored", "社会资助方案"


class PlanState(models.TextChoices):
    DRAFT = "draft", "草稿"
    RESOLVED = "resolved", "已决策"
    FILED = "filed", "已备案"
    IN_FORCE = "in_force", "已生效"
    SUPERSEDED = "superseded", "已被新版替代"
    ENDED = "ended", "已结束"
    DISCARDED = "discarded", "已放弃"


class PlanPaper(models.TextChoices):
    """Scanned papers that may go with a plan."""

    PLAN = "plan", "盖章的补助方案"
    MINUTES = "minutes", "会议记录（决议）"
    SIGN_IN = "sign_in", "签到表"
    PUBLICITY = "publicity", "公示照片"
    INCOME = "income", "可支配收益证明"
    OTHER = "other", "其他材料"


class PoolPaper(models.TextChoices):
    """Scanned papers that go with a pool."""

    AGREEMENT = "agreement", "资助协议"
    RECEIPT = "receipt", "收款凭证"
    CLAIM = "claim", "资助人的书面申请"


class FilingState(models.TextChoices):
    """States as stored; pages say 视同备案 of a pending one whose term is over, reckoned for the day asked."""

    PENDING = "pending", "待备案"
    FILED = "filed", "已备案"
    RETURNED = "returned", "退回"
    RECALLED = "recalled", "未报"


class SuspensionState(models.TextChoices):
    """A village's programme on its way into a suspension and out of it."""

    FILING = "filing", "待备案"
    SUSPENDED = "suspended", "已暂停"
    RESUME_APPLIED = "resume_applied", "申请恢复"
    RESUMED = "resumed", "已恢复"
    WITHDRAWN = "withdrawn", "已撤回"


class Method(models.TextChoices):
    FLAT = "flat", "定额"
    PERCENT = "percent", "按缴费档次的比例"


class ApplicationState(models.TextChoices):
    """States as stored; pages name a batch more finely, derived from its lines."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待核实"
    RETURNED = "returned", "退回补正"
    VERIFIED = "verified", "待复核"
    NOTIFIED = "notified", "待缴款"
    REMITTED = "remitted", "待记账"
    POSTED = "posted", "已记账"
    INFORMED = "informed", "已反馈"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤回"


class LineState(models.TextChoices):
    PENDING = "pending", "待核实"
    ELIGIBLE = "eligible", "待缴款"
    INELIGIBLE = "ineligible", "不予补助"
    REMITTED = "remitted", "已到账"
    POSTED = "posted", "已记账"
    REFUNDED = "refunded", "已退费"
    WITHDRAWN = "withdrawn", "已撤回"
    GIVEN_UP = "given_up", "已放弃"
    CANCELLED = "cancelled", "已取消"


# Who stands on the list no more; with the refused: for whom nothing is paid.
GONE_LINES = (LineState.WITHDRAWN, LineState.GIVEN_UP, LineState.CANCELLED)
UNPAID_LINES = (*GONE_LINES, LineState.INELIGIBLE)


class Verdict(models.TextChoices):
    """What the officer decided of a line before the checker confirms."""

    NONE = "", "未定"
    PASS = "pass", "通过"
    REFUSE = "refuse", "不予"


class Severity(models.TextChoices):
    REFUSE = "refuse", "不予补助"
    WARN = "warn", "需确认"


class NoticeState(models.TextChoices):
    ISSUED = "issued", "待缴款"
    PART_PAID = "part_paid", "部分缴款"
    PAID = "paid", "已缴清"
    VOID = "void", "已作废"
    REPLACED = "replaced", "已换开"


class Match(models.TextChoices):
    SAME = "same", "一致"
    MISSING = "missing", "缺少"
    EXTRA = "extra", "多出"
    AMOUNT = "amount", "金额不同"
    REPEAT = "repeat", "重复"


class Settlement(models.TextChoices):
    ASK = "ask", "请村里补缴"
    WITHDRAW = "withdraw", "撤回此人，换开通知书"
    CORRECT = "correct", "税务更正"
    RETURN = "return", "退回多缴"
    REFUND = "refund", "转退费"
    GIVE_UP = "give_up", "放弃缴款"


class DifferenceState(models.TextChoices):
    OPEN = "open", "待处理"
    PROPOSED = "proposed", "待社保确认"
    SETTLED = "settled", "已处理"


class TaxRowOrigin(models.TextChoices):
    PAGE = "page", "页面登记"
    FILE = "file", "文件回传"
    API = "api", "接口回传"
    LUMP = "lump", "总额分摊"


class RefundState(models.TextChoices):
    REQUESTED = "requested", "待核实"
    VERIFIED = "verified", "待批准"
    APPROVED = "approved", "待退款"
    REVERSED = "reversed", "已冲账"
    REFUSED = "refused", "不予退费"


class Payee(models.TextChoices):
    ORGANISATION = "organisation", "村集体经济组织"
    PERSON = "person", "本人"
    POOL = "pool", "资助专款"
    SPONSOR = "sponsor", "资助人"


class PoolEntryKind(models.TextChoices):
    """How a pool's money moved; each kind is part of one column of the pool (`rules.pools`)."""

    INCOME = "income", "收入"
    CUT = "cut", "收入调减"
    RESERVED = "reserved", "占用"
    RELEASED = "released", "释放"
    REMITTED = "remitted", "缴款"
    REOPENED = "reopened", "缴款撤回"
    REFUNDED = "refunded", "退费退回"
    RETURNED = "returned", "退还资助人"


class PilotState(models.TextChoices):
    """A county's application to take part in the pilot (JN-04)."""

    APPLIED = "applied", "待选定"
    SELECTED = "selected", "已选定"
    DECLINED = "declined", "未选定"


class Station(IntEnum):
    """Where a batch stands among the steps of a document that draws them all (the keys of `workflow_step`)."""

    PLAN = auto()
    APPLICATION = auto()
    VERIFICATION = auto()
    REMITTANCE = auto()
    POSTING = auto()
    INFORMING = auto()
    REFUND = auto()
    REWARD = auto()
    OVER = auto()
