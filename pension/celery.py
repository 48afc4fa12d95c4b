"""The Celery application: every room's tasks.py is found by autodiscovery."""

import os

from celery import Celery

from core.broker import use_whole_messages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pension.settings")

use_whole_messages()
app = Celery("pension")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("core.heart.HeartStep")
