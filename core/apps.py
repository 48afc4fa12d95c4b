"""Start of core: append-only triggers, checks, signals of the worker, the words for an empty field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy


def _word_empty_fields() -> None:
    from rest_framework import serializers

    # Both frameworks speak of a "field", which nobody at a desk has seen; here a form need not say it anew.
    told = gettext_lazy("请填写")
    forms.Field.default_error_messages["required"] = told
    forms.ChoiceField.default_error_messages["required"] = gettext_lazy("请选择")
    forms.FileField.default_error_messages["required"] = gettext_lazy("请选择文件")
    serializers.Field.default_error_messages["required"] = told
    serializers.CharField.default_error_messages["blank"] = told


def _install_triggers(**kwargs: Any) -> None:
    from core.database import install_triggers

    install_triggers()


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础"

    def ready(self) -> None:
        from core import bulk, checks, tasks  # noqa: F401  (registers lookups, checks and worker signals)
        from core.database import register_append_only

        _word_empty_fields()
        register_append_only("core_event", settable=("chain_hash",))
        post_migrate.connect(_install_triggers, dispatch_uid="append-only")
