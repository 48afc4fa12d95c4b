"""The design language: what tags and filters promise to those who write pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from core import look
from core.context_processors import page_frame, wants_large_type
from core.look import Cell, Chip, Finding, Pill, Segment, Step
from core.templatetags import look as tags
from core.views_gallery import gallery

BUSINESS_DAY = date(2024, 6, 28)


def draw(source: str, **context: Any) -> str:
    """Render a piece of template as a page would."""
    return Template(source).render(Context(context))


def words_of(html: str) -> str:
    """What a reader sees, without tags and spaces."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


# Numbers, dates, people


@pytest.mark.parametrize(
    ("source", "value", "shown"),
    [
        ("yuan", 123_400, "1,234.00"),
        ("yuan", -145, "−1.45"),
        ("yuan", 0, "0.00"),
        ("yuan", None, "—"),
        ("signed_yuan", 20_000, "＋200.00"),
        ("signed_yuan", -145, "−1.45"),
        ("yuan_capital", 2_300_000, "贰万叁仟元整"),
        ("percent", 600_000, "60%"),
        ("percent", 161_000, "16.1%"),
        ("percent", 161_194, "16.12%"),
        ("percent", 1_000_000, "100%"),
        ("percent", -25_000, "−2.5%"),
        ("percent", None, "—"),
        ("number", 1_426, "1,426"),
        ("cn_date", BUSINESS_DAY, "2024年6月28日"),
        ("cn_day", BUSINESS_DAY, "6月28日"),
        ("iso", BUSINESS_DAY, "2024-06-28"),
        ("iso", None, "—"),
        ("iso", datetime(2024, 6, 27, 20, 0, tzinfo=UTC), "2024-06-28"),
        ("iso_time", datetime(2024, 6, 28, 1, 32, tzinfo=UTC), "2024-06-28 09:32"),
        ("masked_account", "6222000011116183", "************6183"),
    ],
)
def test_figures_are_written_as_the_office_writes_them(source: str, value: Any, shown: str) -> None:
    assert draw(f"{{{{ value|{source} }}}}", value=value) == shown


def test_identity_number_shows_its_last_four_only() -> None:
    assert "**************</span>" in draw('{% masked "402X" %}')
    assert words_of(draw('{% masked "402X" %}')) == "**************尾号402X"


def test_text_in_a_margin_box_cannot_leave_its_quotes() -> None:
    assert tags.css_text('李"; } @import</style>') == "李\\22 \\3b  \\7d  \\40 import\\3c \\2f style\\3e "


# Marks


def test_every_icon_of_ours_exists_and_is_hidden_from_screen_readers() -> None:
    assert all('aria-hidden="true"' in tags.icon(name) for name in look.ICONS)


def test_every_word_of_the_table_has_a_known_tone_and_icon() -> None:
    assert all(chip.tone in look.TONES and chip.icon in look.ICONS for chip in look.WORDS.values())


def test_every_state_of_every_room_has_its_word_in_the_table() -> None:
    fields = [field for model in apps.get_models() for field in model._meta.fields if field.name == "state"]
    ours = [field for field in fields if field.model._meta.app_label not in ("auth", "axes")]
    labels = {str(label) for field in ours for _, label in field.choices or ()}

    assert labels - set(look.WORDS) == set()


def test_chip_says_its_state_by_colour_icon_and_word() -> None:
    html = draw("{{ status|as_chip }}", status=Chip("refused", "cross", "不予补助"))

    assert 'class="chip chip-refused"' in html
    assert "<svg" in html
    assert words_of(html) == "不予补助"


def test_word_and_chip_tag_draw_the_same_chip() -> None:
    assert draw('{{ "待缴款"|as_chip }}') == draw('{% chip "progress" "clock" "待缴款" %}')


def test_unknown_word_is_shown_without_colour() -> None:
    assert "chip-neutral" in draw('{{ "从没见过"|as_chip }}')


def test_text_from_people_is_escaped_in_chips() -> None:
    assert "<b>" not in draw("{{ word|as_chip }}", word="<b>")


@pytest.mark.parametrize(("kind", "shown"), [("illustrative", "示例值"), ("reading", "口径待确认"), ("", "")])
def test_marks_of_values_without_a_source(kind: str, shown: str) -> None:
    assert words_of(draw("{% mark kind %}", kind=kind)) == shown


def test_each_drawing_of_a_form_gets_its_own_request_key() -> None:
    assert draw("{% request_key %}") != draw("{% request_key %}")


# Parts of a page


FINDING = Finding(
    "refuse", "没有查到2024年度的个人缴费。", "49号 三（二）", "补缴以后列入下一批。", ("illustrative",)
)


def test_reason_names_fault_clause_cure_and_mark() -> None:
    html = draw("{% reason finding %}", finding=FINDING)

    assert "reason-refuse" in html
    assert "依据：49号三（二）" in words_of(html)
    assert "怎么办：补缴以后列入下一批。" in words_of(html)
    assert "示例值" in html


def test_reason_without_clause_or_cure_shows_no_empty_labels() -> None:
    html = draw("{% reason finding %}", finding=replace(FINDING, clause="", cure=""))

    assert "依据" not in html
    assert "怎么办" not in html


def test_reason_leads_to_the_explanation_even_without_a_cure() -> None:
    html = draw("{% reason finding %}", finding=replace(FINDING, cure="", url="/lines/1/"))

    assert '<a href="/lines/1/">逐步说明</a>' in html


STEPS = [
    Step(1, "实缴核实", "6月25日", "done"),
    Step(2, "税务缴款", "6月28日前", "current"),
    Step(3, "依法退费", "需要时才办", "optional"),
    Step(4, "财政奖励"),
]


def test_stepper_marks_the_current_step_for_screen_readers() -> None:
    html = draw("{% stepper steps %}", steps=STEPS)

    assert html.count('aria-current="step"') == 1


def test_stepper_on_the_phone_names_the_next_step_and_skips_optional_ones() -> None:
    seen = words_of(draw("{% stepper steps %}", steps=STEPS))

    assert "第2步税务缴款共4步" in seen
    assert "下一步：财政奖励" in seen


def test_totals_show_whole_numbers_as_yuan_and_texts_as_they_stand() -> None:
    seen = words_of(
        draw("{% totals cells %}", cells=[Cell("应缴款", 2_300_000), Cell("重复", "3", unit="行")])
    )

    assert seen == "应缴款23,000.00元重复3行"


def test_active_pill_is_marked_and_counts_are_shown() -> None:
    html = draw(
        "{% pills pills %}", pills=[Pill("全部", 1_120, "?", active=True), Pill("待缴款", 115, "?s=1")]
    )

    assert html.count('aria-current="true"') == 1
    assert "全部1,120" in words_of(html)


def page_of(url: str) -> HttpRequest:
    """A request for this address."""
    return RequestFactory().get(url)


def test_paginate_says_which_rows_and_keeps_the_other_arguments() -> None:
    page = Paginator(range(120), 6).page(7)
    html = draw("{% paginate page %}", page=page, request=page_of("/?state=due&page=7"))

    assert "第37—42行，共120行" in words_of(html)
    assert 'href="?state=due&amp;page=8"' in html


def test_sort_header_turns_round_and_returns_to_the_first_page() -> None:
    html = draw('{% sort_header "name" "姓名" %}', request=page_of("/?sort=name&page=3&q=1"))

    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-name&amp;q=1"' in html


def test_way_back_leads_to_our_own_pages_only() -> None:
    request = RequestFactory().get("/", headers={"referer": "https://elsewhere.example/"})

    assert draw("{% came_from %}", request=request) == "/"


# Bars


@pytest.mark.parametrize(
    ("part", "whole", "width"),
    [(634, 1000, "63.4%"), (0, 10, "0.0%"), (5, 0, "100.0%"), (20, 10, "100.0%"), (-5, 10, "0.0%")],
)
def test_width_stays_within_its_bar(part: int, whole: int, width: str) -> None:
    assert tags.width_of(part, whole) == width


def test_cap_bar_turns_red_only_above_the_limit() -> None:
    at_limit = draw("{% cap_bar 240000 40000 20000 300000 %}")
    above = draw("{% cap_bar 240000 50000 20000 300000 %}")

    assert "cap-over" not in at_limit
    assert "fill-over" in above
    assert "3,100.00/3,000.00" in words_of(above)


def test_stack_leaves_out_empty_parts() -> None:
    html = draw("{% stack parts 100 %}", parts=[Segment("已用", 40), Segment("资助", 0, "donor")])

    assert "资助" not in html


def test_chart_has_its_numbers_as_a_table() -> None:
    html = draw('{% bar_chart bars caption="每月记账" %}', bars=[look.Bar("6月", 313, "31.3")])

    assert "<caption" in html
    assert "看数字" in html


# Jobs


def job(state: str, **more: Any) -> SimpleNamespace:
    """A background job at 912 of 1,426."""
    facts = {"pk": 1, "state": state, "done_count": 912, "total_count": 1426, "done_fen": 0, "total_fen": 0}
    facts |= {"is_interrupted": False, "started_at": None, "ended_at": None, "percent": 63, "stage": ""}
    return SimpleNamespace(**facts | {"error_message": "", "error_number": ""} | more)


def test_running_job_tells_its_progress_to_screen_readers() -> None:
    html = draw('{% progress job act="记账" %}', job=job("running"))

    assert 'role="progressbar"' in html
    assert 'aria-valuenow="63"' in html
    assert "可以离开这个页面" in html


def test_interrupted_job_says_what_holds_and_offers_to_go_on() -> None:
    html = draw(
        '{% progress job act="记账" resume_url="/jobs/1/" %}', job=job("running", is_interrupted=True)
    )

    assert "记账停在912人" in words_of(html)
    assert "余下的514人" in words_of(html)
    assert "接着记账" in html


def test_failed_job_shows_its_number() -> None:
    assert "CS7F3A22" in draw('{% progress job act="记账" %}', job=job("failed", error_number="CS7F3A22"))


def test_time_left_follows_the_pace_so_far() -> None:
    started = timezone.now() - timedelta(seconds=100)

    assert tags.time_left(job("running", done_count=500, total_count=600, started_at=started)) == "20秒"
    assert tags.time_left(job("running", done_count=100, total_count=600, started_at=started)) == "9分钟"
    assert tags.time_left(job("running", done_count=0, started_at=started)) == ""


# Forms


class PlanForm(forms.Form):
    """A form with one field of each kind."""

    amount = forms.CharField(label="补助金额", help_text="每人每年")
    way = forms.ChoiceField(label="怎么补", choices=[("a", "定额"), ("b", "分档")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="没有异议", required=False)
    paper = forms.FileField(label="会议记录", required=False)


def test_field_ties_help_and_errors_to_its_input() -> None:
    html = draw("{% field form.amount %}", form=PlanForm({"amount": ""}))

    assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'id="id_amount_error"' in html
    assert 'id="id_amount_helptext"' in html
    assert 'for="id_amount"' in html


def test_field_keeps_what_was_typed() -> None:
    assert 'value="２４万"' in draw("{% field form.amount %}", form=PlanForm({"amount": "２４万"}))


def test_choices_stand_in_a_fieldset_with_a_legend() -> None:
    html = draw("{% field form.way %}", form=PlanForm())

    assert html.index("<fieldset") < html.index("<legend")


def test_tick_has_its_words_behind_it() -> None:
    html = draw("{% field form.agreed %}", form=PlanForm())

    assert html.index("<input") < html.index("没有异议")


def test_form_errors_count_places_and_link_to_them() -> None:
    form = PlanForm({})
    form.add_error(None, "金额与人数不符。")
    html = draw("{% form_errors form %}", form=form)

    assert "有3处要改，没有保存。" in words_of(html)
    assert 'href="#id_amount"' in html
    assert "金额与人数不符。" in html


def test_form_without_errors_has_no_box() -> None:
    assert draw("{% form_errors form %}", form=PlanForm()).strip() == ""


def test_confirm_box_repeats_the_sum_on_its_button_and_asks_for_a_tick() -> None:
    html = draw('{% confirm_box "记账1,426人，312,600.00元" back_url="/back/" %}')

    assert 'name="confirmed"' in html
    assert " required" in html
    assert "记账1,426人，312,600.00元" in html
    assert 'href="/back/"' in html


# Frame


def page(blocks: str = "", **context: Any) -> str:
    """A page of the desk for somebody who is not logged in."""
    source = '{% extends "base.html" %}{% block title %}石门村{% endblock %}' + blocks
    return Template(source).render(Context({"request": page_of("/"), **context}))


def test_title_stands_in_the_window_and_above_the_page() -> None:
    html = page()

    assert "<title>石门村 - 集体补助工作台</title>" in html
    assert '<h1 class="page-title">石门村</h1>' in html


def test_blocks_left_out_leave_no_empty_boxes() -> None:
    html = page()

    assert "<aside" not in html
    assert "page-actions" not in html


def test_blocks_filled_are_drawn_once() -> None:
    html = page("{% block side %}<p>办理经过</p>{% endblock %}{% block actions %}<a>打印</a>{% endblock %}")

    assert html.count("<p>办理经过</p>") == 1
    assert html.count("<a>打印</a>") == 1


def test_first_stop_of_the_keyboard_is_the_way_to_the_content() -> None:
    html = page()

    assert html.index('class="skip" href="#content"') < html.index("<header")
    assert 'id="content"' in html


def test_large_type_is_kept_in_a_cookie_before_login() -> None:
    request = page_of("/")
    request.COOKIES["large_type"] = "1"

    assert wants_large_type(request)
    assert '<html lang="zh-Hans" class="large">' in page(**page_frame(request))


def test_working_date_is_amber_when_it_is_not_today(admin_client_page: str) -> None:
    assert "bar-date is-shifted" in admin_client_page
    assert "2024年6月28日" in admin_client_page


@pytest.fixture
def admin_client_page() -> str:
    """A page of somebody logged in whose working date is in the past."""
    user = SimpleNamespace(is_authenticated=True, display_name="李国珍", username="shimen", title="村文书")
    request = page_of("/")
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
    request.working_date = BUSINESS_DAY
    return page(**page_frame(request) | {"user": user})


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_refusals_are_drawn_without_request_and_offer_one_way_out(name: str) -> None:
    from django.template.loader import render_to_string

    html = render_to_string(f"{name}.html")

    assert html.count("btn-primary") == 1
    assert "！" not in html


def test_print_carries_its_number_and_who_printed_it() -> None:
    source = '{% extends "print/base.html" %}{% block number %}长社保缴通〔2024〕0007号{% endblock %}'
    html = Template(source).render(Context({"request": page_of("/"), "user": "刘志强"}))

    assert '<p class="number">长社保缴通〔2024〕0007号</p>' in html
    assert "打印　刘志强" in html
    assert "counter(pages)" in html


def test_gallery_is_not_found_outside_the_demo(settings: Any) -> None:
    settings.DEMO = False

    with pytest.raises(Http404):
        gallery(page_of("/gallery/"))


def test_gallery_shows_every_component(settings: Any) -> None:
    settings.DEMO = True
    request = page_of("/gallery/")
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]

    answer = gallery(request)

    assert answer.status_code == 200
    assert "补助人员" in answer.content.decode()
