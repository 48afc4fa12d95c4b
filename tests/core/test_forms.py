"""What an empty field is told."""

from __future__ import annotations

import pytest
from django import forms
from rest_framework import serializers

from contributions.serializers import ReverseInput
from villages.forms import ReasonForm

TOLD = "请填写"
FIELDS = {
    forms.CharField: TOLD,
    forms.DateField: TOLD,
    forms.IntegerField: TOLD,
    forms.ChoiceField: "请选择",
    forms.FileField: "请选择文件",
    forms.BooleanField: TOLD,
}


@pytest.mark.parametrize("kind", FIELDS)
def test_an_empty_field_is_told_in_the_words_of_the_house(kind):
    with pytest.raises(forms.ValidationError) as refused:
        kind().clean(None)

    assert refused.value.messages == [FIELDS[kind]]


def test_a_form_that_names_no_words_of_its_own_has_them_too():
    assert ReasonForm({}).errors == {"reason": [TOLD]}


@pytest.mark.parametrize("sent", [{}, {"reason": " "}])
def test_the_interface_tells_it_alike(sent):
    given = ReverseInput(data={"on": "2024-07-05"} | sent)

    with pytest.raises(serializers.ValidationError) as refused:
        given.is_valid(raise_exception=True)
    assert refused.value.detail == {"reason": [TOLD]}
