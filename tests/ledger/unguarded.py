"""The worker without its guards: a key that differs with each attempt, and a commit after each statement.

`celery -A tests.ledger.unguarded worker` runs the same job with them taken away; the control of test_kill.
"""

import time
from dataclasses import replace

import django
from celery.signals import worker_init

from pension.celery import app

__all__ = ["app"]


@worker_init.connect
def take_guards_away(**_kwargs):
    """Put `post_chunk` in the place of the guarded one."""
    django.setup()
    from subsidies.services import posting

    posting._post_chunk = post_chunk


def post_chunk(application_id, *, job, progress, by):
    """What `_post_chunk` does, in separate commits and without the key that lets nothing come twice."""
    from django.conf import settings
    from django.db.models import CharField, F, Value
    from django.db.models.functions import Cast, Concat

    from ledger.enums import Source
    from ledger.services import ensure_person_accounts, insert_transfers
    from subsidies.models import Application, Line
    from subsidies.selectors.posting import postable_lines
    from subsidies.services import posting

    waiting = postable_lines().filter(application_id=application_id).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[: settings.POSTING_CHUNK_LINES])
    if not ids:
        return 0
    lines, application = Line.objects.filter(pk__in=ids), Application.objects.get(pk=application_id)
    ensure_person_accounts(lines, source=Source.COLLECTIVE)
    key = Concat(Value(f"post:{job.attempt}:"), Cast("pk", CharField()))
    insert_transfers(lines, replace(posting.posting_movement(application, on=job.on), cause_key=key))
    time.sleep(0.1)
    lines.update(state="posted", posted_on=job.on, posting_job=job)
    progress.tell(done_count=F("done_count") + len(ids))
    return len(ids)
