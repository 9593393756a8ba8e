"""Schemathesis against the real server: every operation, with what the description allows and what it does not."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from tests.support import making
from torget.api import actions
from torget.api.tests.conftest import connect
from torget.conversations import actions as conversations

QUICK, LONG = 3, 200


def _own(label: str, heads: dict[str, str]) -> dict[str, str] | None:
    """What an operation is asked with: a token, but where only a signature opens."""
    return None if label == "POST /webhooks/{program}" else heads


def _ask_all(url: str, heads: dict[str, str], examples: int) -> list[str]:
    """Ask each operation in both modes; what failed, in words."""
    import schemathesis
    from schemathesis import GenerationMode

    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    asked, failed = [], []
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        asked.append(operation.label)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=examples, deadline=None, database=None, derandomize=examples == QUICK,
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                case.call_and_validate(headers=_own(case.operation.label, heads))

            try:
                ask()
            except Unsatisfiable:
                continue  # an operation that takes nothing: there is nothing to get wrong
            except Exception as error:
                failed.append(f"{operation.label} {mode.value}: {error}"[:3000])
    # All but the description itself, which schemathesis leaves out.
    assert len(asked) == 11, asked
    return failed


def _prepared(tmp_path: Path, given_settings: Any) -> dict[str, str]:
    given_settings.TORGET_HOME, given_settings.TORGET_API_PER_MINUTE = str(tmp_path), 0
    town = making.town()
    connected = connect(town)
    user = town.user()
    conversation = town.given("Hur går det med bron?")
    town.answered(conversation, user)
    conversations.publish(making.fresh(conversation), title="Bron", by=user)
    actions.receive(connected.program, key="m1", body=b'{"text":"Hej"}', verdict="token")
    return connected.heads


@pytest.mark.django_db(transaction=True)
def test_no_operation_fails(live_server: Any, settings: Any, tmp_path: Path) -> None:
    heads = _prepared(tmp_path, settings)
    assert _ask_all(live_server.url, heads, QUICK) == []


@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
def test_no_operation_fails_however_long_it_is_asked(live_server: Any, settings: Any, tmp_path: Path) -> None:
    heads = _prepared(tmp_path, settings)
    assert _ask_all(live_server.url, heads, LONG) == []
