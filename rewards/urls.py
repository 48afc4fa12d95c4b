"""Addresses of rewards."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from core.api import Router
from rewards import api, api_commendations
from rewards.views import agency, commendations, finance, money

router = Router()
router.register("rewards", api.RewardViewSet, basename="api-reward")
router.register("reward-applications", api.RewardApplicationViewSet, basename="api-reward-application")
router.register("reward-payments", api.RewardPaymentViewSet, basename="api-reward-payment")
router.register("reward-budgets", api.RewardBudgetViewSet, basename="api-reward-budget")
router.register("reward-rates", api.RewardRateViewSet, basename="api-reward-rate")
router.register("reward-offsets", api.RewardOffsetViewSet, basename="api-reward-offset")
router.register("commendations", api_commendations.CommendationViewSet, basename="api-commendation")
router.register(
    "commendation-notices", api_commendations.CommendationNoticeViewSet, basename="api-commendation-notice"
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("rewards/", agency.rewards, name="rewards"),
    path("rewards/compute/", agency.reward_compute, name="reward-compute"),
    path("rewards/determine/", agency.reward_determine, name="reward-determine"),
    path("rewards/apply/", agency.reward_apply, name="reward-apply"),
    path("rewards/estimate/", agency.plan_reward_estimate, name="plan-reward-estimate"),
    path("reward-rates/", agency.reward_rates, name="reward-rates"),
    re_path(
        r"^reward-rates/(?P<pk>[0-9]{1,18})/(?P<name>confirm|refuse)/$",
        agency.reward_rate_act,
        name="reward-rate-act",
    ),
    path("rewards/<int:pk>/", agency.reward, name="reward"),
    path("rewards/<int:pk>/undo/", agency.reward_undo, name="reward-undo"),
    path("reward-applications/", finance.reward_approvals, name="reward-approvals"),
    path("reward-applications/<int:pk>/", agency.reward_application, name="reward-application"),
    path("reward-applications/<int:pk>/approve/", finance.reward_approve, name="reward-approve"),
    path(
        "reward-applications/<int:pk>/print/",
        agency.reward_application_print,
        name="reward-application-print",
    ),
    re_path(
        r"^reward-applications/(?P<pk>[0-9]{1,18})/(?P<name>confirm|refuse|receive)/$",
        agency.reward_application_act,
        name="reward-application-act",
    ),
    path("reward-budgets/", finance.budgets, name="budgets"),
    re_path(
        r"^reward-budgets/(?P<pk>[0-9]{1,18})/(?P<name>agree|refuse)/$", finance.budget_act, name="budget-act"
    ),
    path("reward-payments/", money.payments, name="reward-payments"),
    path("reward-payments/new/", money.payment_new, name="reward-payment-new"),
    path("reward-payments/<int:pk>/", money.payment, name="reward-payment"),
    path("reward-payments/<int:pk>/refuse/", money.payment_refuse, name="reward-payment-refuse"),
    path("commendations/", commendations.commendations, name="commendations"),
    path("commendations/new/", commendations.commendation_new, name="commendation-new"),
    path("commendations/<int:pk>/", commendations.commendation, name="commendation"),
    path("commendations/<int:pk>/confirm/", commendations.commendation_confirm, name="commendation-confirm"),
    path("commendations/<int:pk>/print/", commendations.commendation_print, name="commendation-print"),
    path("reward-offsets/", money.offsets, name="reward-offsets"),
    path("reward-offsets/<int:pk>/", money.offset, name="reward-offset"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
