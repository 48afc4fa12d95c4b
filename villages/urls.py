"""Addresses of organisations, staff, members and their changes."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from core.api import Router
from villages import api, views, views_accounts
from villages.api_accounts import AccountChangeViewSet

router = Router()
router.register("regions", api.RegionViewSet, basename="api-region")
router.register("organisations", api.OrganisationViewSet, basename="api-organisation")
router.register("members", api.MemberViewSet, basename="api-member")
router.register("statuses", api.StatusViewSet, basename="api-status")
router.register("person-changes", api.PersonChangeViewSet, basename="api-person-change")
router.register("account-changes", AccountChangeViewSet, basename="api-account-change")
router.register("staff", api.StaffViewSet, basename="api-staff")

urlpatterns: list[URLPattern | URLResolver] = [
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/new/", views.organisation_new, name="organisation-new"),
    path("organisations/<int:pk>/", views.organisation, name="organisation"),
    path("organisations/<int:pk>/edit/", views.organisation_edit, name="organisation-edit"),
    path("account-changes/", views_accounts.account_changes, name="account-changes"),
    path("account-changes/<int:pk>/", views_accounts.account_change, name="account-change"),
    path(
        "account-changes/<int:pk>/confirm/",
        views_accounts.account_change_confirm,
        name="account-change-confirm",
    ),
    path(
        "account-changes/<int:pk>/refuse/", views_accounts.account_change_refuse, name="account-change-refuse"
    ),
    path("staff/", views.staff_list, name="staff-list"),
    path("staff/new/", views.staff_new, name="staff-new"),
    path("staff/<int:pk>/", views.staff_edit, name="staff-edit"),
    path("password/", views.own_password, name="password_change"),
    path("staff/<int:pk>/password/", views.staff_password, name="staff-password"),
    path("staff/<int:pk>/hand-over/", views.staff_hand_over, name="staff-hand-over"),
    path("members/new/", views.member_new, name="member-new"),
    path("members/<int:pk>/edit/", views.member_edit, name="member-edit"),
    path("members/<int:pk>/status/", views.member_status, name="member-status"),
    path("members/<int:pk>/leave/", views.member_leave, name="member-leave"),
    path("members/<int:pk>/identity/", views.member_identity, name="member-identity"),
    path("members/<int:pk>/move/", views.member_move, name="member-move"),
    path("members/<int:pk>/reveal/", views.member_reveal, name="member-reveal"),
    path("person-changes/", views.person_changes, name="person-changes"),
    path("person-changes/<int:pk>/", views.person_change, name="person-change"),
    path("person-changes/<int:pk>/reveal/", views.person_change_reveal, name="person-change-reveal"),
    path("person-changes/<int:pk>/decide/", views.person_change_decide, name="person-change-decide"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", api.MeView.as_view(), name="api-me"),
    path("me/password/", api.OwnPasswordView.as_view(), name="api-own-password"),
    *router.urls,
]
