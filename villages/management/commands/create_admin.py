"""Make the first administrator of an area; every further account he makes himself, on the page or through the API."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.errors import PensionError
from villages.models import Region
from villages.services.first_admin import create_first_admin

VARIABLE = "ADMIN_PASSWORD"


class Command(BaseCommand):
    help = "新建一个地区的第一个管理员；密码取环境变量ADMIN_PASSWORD，没有就询问。其余账号由管理员自己新建。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="账号")
        parser.add_argument("display_name", help="姓名")
        parser.add_argument("region", help="管辖范围的12位代码")

    def handle(self, *args: Any, **options: Any) -> None:
        region = Region.objects.filter(code=options["region"]).first()
        if region is None:
            raise CommandError(_("没有这个行政区划：%(code)s。") % {"code": options["region"]})
        try:
            user = create_first_admin(
                username=options["username"],
                display_name=options["display_name"],
                password=_password(),
                region=region,
            )
        except PensionError as refusal:
            raise CommandError(refusal.message) from refusal
        if options["verbosity"]:
            self.stdout.write(
                _("已新建%(region)s的管理员%(user)s。") % {"region": region.name, "user": user.username}
            )


def _password() -> str:
    given = os.environ.get(VARIABLE, "")
    if given:
        return given
    first, second = getpass(_("密码：")), getpass(_("再输一次："))
    if first != second:
        raise CommandError(_("两次输入的密码不同，没有新建账号。"))
    return first
