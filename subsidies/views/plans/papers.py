"""Scanned papers: put to a plan; any paper read or taken away again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, by_page
from core.files import PAPER_BYTES
from core.http import PageRequest
from core.workflow import By
from subsidies.downloads import download_of
from subsidies.forms.plans import PaperForm
from subsidies.selectors import attachments as attachment_selectors
from subsidies.selectors import plans as selectors
from subsidies.services import attachments as attachment_services
from subsidies.services.attachments import Paper


@require_POST
def plan_paper_new(request: PageRequest, pk: int) -> HttpResponse:
    """Put a scanned paper to a plan."""
    found = selectors.plan(request.user, pk)
    form = PaperForm(request.POST, request.FILES)
    back = reverse("plan", args=[pk]) + "#papers"
    if not form.is_valid():
        messages.error(request, "；".join(s for sentences in form.errors.values() for s in sentences))
        return redirect(back)
    data = form.cleaned_data

    def act(by: By) -> str:
        content = data["file"].read(PAPER_BYTES + 1)
        paper = Paper(data["kind"], data["file"].name, content, seals=data["seals"])
        attachment_services.attach_paper(found, by=by, paper=paper)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("材料已上传。"))


def paper(request: PageRequest, pk: int) -> HttpResponse:
    """Download a scanned paper."""
    return download_of(attachment_selectors.attachment(request.user, pk).file)


@require_POST
def paper_remove(request: PageRequest, pk: int) -> HttpResponse:
    """Take a scanned paper away."""
    found = attachment_selectors.attachment(request.user, pk)
    parent = attachment_services.parent_of(found)
    back = reverse(str(parent._meta.model_name), args=[parent.pk])

    def act(by: By) -> str:
        attachment_services.remove_attachment(pk, by=by)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("材料已删除。"))
