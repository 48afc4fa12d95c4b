"""Start of rewards."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    name = "rewards"
    verbose_name = "财政奖励"

    def ready(self) -> None:
        from core.navigation import register_navigation, register_todos
        from subsidies.hooks import on_refund_reversed
        from subsidies.rules.closing import register_year_closed

        import_module("rewards.job")
        import_module("rewards.policy_reach")
        navigation = import_module("rewards.navigation")
        register_navigation(*navigation.NAV)
        register_todos(navigation.todos)
        books = import_module("rewards.books")
        register_year_closed(books.reward_is_determined)
        on_refund_reversed.append(import_module("rewards.services").follow_refund)
