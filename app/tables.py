"""All tables in one place, for migrations and for the tests that walk them."""

import importlib

FEATURES = ("kernel.tables", "retention.models", "audit.models", "identity.models", "identity.sign_in_models", "notices.models", "travel.models", "messages.models",
            "messages.answer_models",
            "declarations.models", "screening.models", "screening.list_models", "declarations.article_models", "referrals.models", "referrals.shift_models", "referrals.goods_models", "referrals.evidence_models", "gate.models", "gate.lane_models",
            "reports.models", "rights.models",
            "screening.backtest_models", "analysis.models")  # fmt: skip


def all_tables() -> None:
    """Import every module that defines tables."""
    for feature in FEATURES:
        importlib.import_module(f"app.{feature}")
