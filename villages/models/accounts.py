"""Changes of the bank account that an organisation is paid to."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedJSONField
from core.identity import last4_of
from core.workflow import StatefulModel
from villages.enums import ChangeState
from villages.models.organisations import CollectiveOrganisation


class AccountChange(StatefulModel):
    """Another account for an organisation's money: proposed by one person, confirmed by another.

    `before` and `after` hold `bank_name`, `account_name` and `bank_account`. The organisation's own columns keep the
    account of before until the change is confirmed; the rows together are the account's history.
    """

    state = models.CharField("状态", max_length=20, choices=ChangeState.choices, default=ChangeState.PROPOSED)
    organisation = models.ForeignKey(CollectiveOrganisation, models.CASCADE, related_name="account_changes")
    before = EncryptedJSONField(default=dict)
    after = EncryptedJSONField(default=dict)
    reason = models.CharField("理由", max_length=200)
    refused_reason = models.CharField("不予变更的理由", max_length=200, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_on = models.DateField("提出日期")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField("复核日期", null=True)

    class Meta:
        verbose_name = "收款账户变更"
        verbose_name_plural = "收款账户变更"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="account_change_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(state=ChangeState.PROPOSED),
                name="one_open_account_change",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} #{self.pk}"

    @property
    def before_last4(self) -> str:
        """The end of the account of before; empty where there was none."""
        return last4_of(str(self.before.get("bank_account", "")))

    @property
    def after_last4(self) -> str:
        """The end of the account proposed."""
        return last4_of(str(self.after.get("bank_account", "")))

    @property
    def is_held_by_another(self) -> bool:
        """Whether the proposed account bears another name than the organisation, as a slip of the pen or worse."""
        holder = str(self.after.get("account_name", ""))
        return bool(holder) and holder != self.organisation.name
