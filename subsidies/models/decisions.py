"""What is recorded of a democratic decision, on whatever it decides."""

from __future__ import annotations

from django.db import models

COUNTS_FIT = models.Q(attended_count__lte=models.F("called_count")) & models.Q(
    attended_count__gte=models.F("agreed_count") + models.F("against_count") + models.F("abstained_count")
)


class Decision(models.Model):
    """Steps, meeting and counts of a decision.

    `called_count` is everybody entitled to decide (all members, or all representatives), not who was reached.
    """

    body = models.CharField("决策会议", max_length=40)
    proposed_on = models.DateField("党组织提议日期", null=True, blank=True)
    discussed_on = models.DateField("两委商议日期", null=True, blank=True)
    reviewed_on = models.DateField("党员大会审议日期", null=True, blank=True)
    notified_on = models.DateField("会议通知日期", null=True, blank=True)
    posted_on = models.DateField("会前公示日期", null=True, blank=True)
    met_on = models.DateField("会议日期")
    place = models.CharField("地点", max_length=60, blank=True)
    chair = models.CharField("主持人", max_length=40, blank=True)
    recorder = models.CharField("记录人", max_length=40, blank=True)
    households_count = models.PositiveIntegerField("成员户数", null=True, blank=True)
    called_count = models.PositiveIntegerField("应到人数")
    attended_count = models.PositiveIntegerField("实到人数")
    agreed_count = models.PositiveIntegerField("同意")
    against_count = models.PositiveIntegerField("反对", default=0)
    abstained_count = models.PositiveIntegerField("弃权", default=0)
    resolution = models.TextField("决议内容")
    published_from = models.DateField("决议公开起", null=True, blank=True)
    published_to = models.DateField("决议公开止", null=True, blank=True)
    result_published_on = models.DateField("实施结果公开日期", null=True, blank=True)

    class Meta:
        abstract = True
