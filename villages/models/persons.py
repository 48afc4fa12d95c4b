"""Persons, their membership of an organisation, and what changed of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedJSONField, EncryptedTextField, blind_index
from core.models.area import AreaModel, AreaQuerySet
from core.workflow import StatefulModel
from villages.enums import ChangeState, Sex, StatusKind
from villages.models.organisations import CollectiveOrganisation
from villages.person_kinds import person_kind_label


class PersonQuerySet(models.QuerySet):
    def by_id_number(self, id_number: str) -> PersonQuerySet:
        """Rows of this identity number (18 characters, normalised)."""
        return self.filter(id_index=blind_index(id_number, purpose="id"))


class Person(models.Model):
    """One human being, known by the identity number, whatever village lists him.

    The number is encrypted and found by `id_index` (keyed digest) or `last4_index`; birth date, sex and pinyin
    are plain columns. `last4` is shown; the whole number is decrypted only for prints and reveals.
    """

    name = models.CharField("姓名", max_length=60)
    pinyin = models.CharField(max_length=120, blank=True, db_index=True)
    id_cipher = EncryptedTextField("公民身份号码")
    id_index = models.CharField(max_length=32, unique=True)
    last4 = models.CharField(max_length=4)
    last4_index = models.CharField(max_length=32, db_index=True)
    birth_date = models.DateField("出生日期")
    sex = models.CharField("性别", max_length=6, choices=Sex.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = "人员"
        verbose_name_plural = "人员"

    def __str__(self) -> str:
        return self.name

    @property
    def masked_id(self) -> str:
        """Last four only: wherever a birth date may stand nearby, more would give the number away."""
        return "*" * 14 + self.last4


class Membership(AreaModel):
    """A person on the member list of one organisation; at most one open membership a person."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="memberships")
    group_name = models.CharField("组", max_length=20, blank=True)
    person_kind = models.CharField("人员类别", max_length=40, blank=True)
    phone = EncryptedTextField("联系电话", blank=True, default="")
    remark = models.CharField("备注", max_length=120, blank=True)
    joined_on = models.DateField("加入日期")
    left_on = models.DateField("离开日期", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "成员"
        verbose_name_plural = "成员"
        constraints = [
            models.UniqueConstraint(
                fields=["person"], name="one_open_membership", condition=models.Q(left_on__isnull=True)
            ),
            models.CheckConstraint(
                condition=models.Q(left_on__isnull=True) | models.Q(left_on__gte=models.F("joined_on")),
                name="membership_ends_after_start",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "left_on", "person"], name="members_of_organisation")]

    def __str__(self) -> str:
        return f"{self.organisation_id}/{self.person_id}"

    @property
    def person_kind_label(self) -> str:
        """What the person's kind is called."""
        return person_kind_label(self.person_kind)


class PersonStatus(AreaModel):
    """What a status list (F19) or a clerk reported of a person: death, another pension, …; never changed.

    A later RESTORED row lifts the earlier ones. The area is that of the organisation that lists the person.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="statuses")
    kind = models.CharField("事由", max_length=30, choices=StatusKind.choices)
    event_on = models.DateField("发生日期")
    source = models.CharField("来源单位", max_length=60, blank=True)
    evidence = models.CharField("文号或凭证", max_length=80, blank=True)
    remark = models.CharField("备注", max_length=120, blank=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reported_on = models.DateField("登记日期")
    is_lifted = models.BooleanField("已恢复", default=False)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "状态变更"
        verbose_name_plural = "状态变更"
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "event_on"], name="status_once"),
        ]
        indexes = [models.Index(fields=["person", "kind", "is_lifted"], name="status_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"


class PersonChange(StatefulModel):
    """A correction of identity or a move to another organisation: proposed by one officer, confirmed by another."""

    state = models.CharField("状态", max_length=20, choices=ChangeState.choices, default=ChangeState.PROPOSED)
    kind = models.CharField("变更", max_length=20)  # identity | move
    person = models.ForeignKey(Person, models.PROTECT, related_name="changes")
    to_organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, null=True, related_name="+")
    before = EncryptedJSONField(default=dict)
    after = EncryptedJSONField(default=dict)
    reason = models.CharField("理由", max_length=200)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "人员变更"
        verbose_name_plural = "人员变更"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="person_change_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"
