"""Start of policies: the room of dated rules."""

from __future__ import annotations

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"
    verbose_name = "政策规则"

    def ready(self) -> None:
        from core.navigation import register_navigation, register_todos
        from core.workflow import register_backdating_finder, register_ground_finder
        from policies.navigation import NAV, todos
        from policies.person_kinds import LABELS, words_in_force
        from policies.selectors import find_backdating, find_ground
        from policies.zones import administering_units
        from villages.person_kinds import register_person_kinds
        from villages.zones import register_units

        register_navigation(*NAV)
        register_todos(todos)
        register_ground_finder(find_ground)
        register_backdating_finder(find_backdating)
        register_person_kinds(words_in_force, LABELS)
        register_units(administering_units)
