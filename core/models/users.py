"""The user account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import models

if TYPE_CHECKING:
    from core.access import Access


class User(AbstractUser):
    """Somebody who can log in. Roles and area are kept by `villages`, which registers them in `core.access`."""

    display_name = models.CharField("姓名", max_length=40, blank=True)
    title = models.CharField("岗位", max_length=40, blank=True)
    large_type = models.BooleanField("大字", default=False)
    must_change_password = models.BooleanField("下次登录改密码", default=False)

    class Meta(AbstractUser.Meta):
        verbose_name = "账号"
        verbose_name_plural = "账号"

    def __str__(self) -> str:
        return self.display_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password ends the tokens that the old one brought; sessions end by themselves."""
        from rest_framework.authtoken.models import Token

        is_new_password = self.pk is not None and self._password is not None  # type: ignore[attr-defined]
        super().save(*args, **kwargs)
        if is_new_password:
            Token.objects.filter(user=self).delete()

    @property
    def access(self) -> Access:
        """Roles, area and back-dating of this user."""
        from core.access import access_of

        return access_of(self)
