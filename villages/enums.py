"""Levels of regions, roles of staff, status of persons."""

from __future__ import annotations

from django.db import models


class RegionLevel(models.TextChoices):
    PROVINCE = "province", "省（市、区）"
    PREFECTURE = "prefecture", "市（州）"
    COUNTY = "county", "区县"
    TOWNSHIP = "township", "镇街"
    VILLAGE = "village", "村（社区）"


class Role(models.TextChoices):
    """What a member of staff may do; who makes and who checks stands in docs/architecture.md."""

    CLERK = "clerk", "村文书"
    TOWNSHIP = "township", "镇街经办"
    OFFICER = "officer", "社保经办"
    REVIEWER = "reviewer", "社保复核"
    TAX = "tax", "税务"
    FINANCE = "finance", "财政经办"
    FINANCE_REVIEWER = "finance_reviewer", "财政复核"
    AGRICULTURE = "agriculture", "农业农村"
    CIVIL_AFFAIRS = "civil_affairs", "民政"
    DISTRICT = "district", "区级主管"
    AUDITOR = "auditor", "审计"
    ADMIN = "admin", "管理员"


AGENCY = frozenset({Role.OFFICER, Role.REVIEWER})
FINANCE = frozenset({Role.FINANCE, Role.FINANCE_REVIEWER})
READERS = frozenset({Role.TOWNSHIP, Role.AGRICULTURE, Role.CIVIL_AFFAIRS, Role.DISTRICT, Role.AUDITOR})
EVERYBODY = frozenset(Role)
# Identity numbers and money of single persons: who may see the rows at all.
CASE_READERS = frozenset({Role.CLERK, Role.TOWNSHIP, Role.DISTRICT, Role.AUDITOR}) | AGENCY


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class StatusKind(models.TextChoices):
    """What a status list (F19) may report of a person."""

    DEATH = "DEATH", "死亡"
    NATIONALITY_LOST = "NATIONALITY_LOST", "丧失国籍"
    OTHER_PENSION = "OTHER_PENSION", "已享受其他养老待遇"
    EMPLOYEE_SCHEME = "JOINED_EMPLOYEE_SCHEME", "参加职工养老保险"
    DRAWING = "DRAWING", "已领取居民养老待遇"
    RESTORED = "RESTORED", "恢复"


class ChangeState(models.TextChoices):
    """A change of a person's record that a second officer must confirm."""

    PROPOSED = "proposed", "待复核"
    CONFIRMED = "confirmed", "已复核"
    REFUSED = "refused", "不予变更"
