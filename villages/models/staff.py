"""Staff: roles and one area each."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models.area import AreaModel, AreaQuerySet
from villages.enums import Role
from villages.models.regions import Region


class StaffArea(AreaModel):
    """The one area of a member of staff, and how far back he may date an act; the codes are those of `region`.

    With a `zone` the area is the towns of `region` that this functional zone handles (JN-01), and nothing else of it.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_area")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="范围")
    zone = models.CharField("功能区", max_length=40, blank=True, default="")
    backdate_days = models.PositiveIntegerField("可补录天数", null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "管辖范围"
        verbose_name_plural = "管辖范围"

    def __str__(self) -> str:
        return f"{self.user} {self.place_name}"

    @property
    def place_name(self) -> str:
        """What his area is called."""
        return self.zone or str(self.region)


class StaffRole(models.Model):
    """One role of a member of staff."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_roles")
    role = models.CharField("岗位", max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = "岗位"
        verbose_name_plural = "岗位"
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_once")]

    def __str__(self) -> str:
        return self.get_role_display()
