from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CHIZAI_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The local data collection; a test that asks for it is skipped where it is absent, and says so."""
    if not SHARED.is_dir():
        pytest.skip(f"the local data collection is not there ({SHARED}); set CHIZAI_SHARED")
    return SHARED


LONGEST_FIRST = (
    "test_landscape_properties", "test_cli", "test_publish_accessibility", "test_strategy_pages", "test_strategy_cli", "test_docs",
    "test_strategy_line", "test_kill", "test_second_storey", "test_topics", "test_workspace", "test_notebooks", "test_report",
)  # fmt: skip
"""Files that take long, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
