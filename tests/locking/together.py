"""Several threads that begin at one moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, connections

from torget.core.errors import Refused

SECONDS = 60


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls at once; what each returned, or the Refused that it met. Any other error is raised here."""
    barrier = threading.Barrier(len(calls))
    said: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(SECONDS)
            said[place] = call()
        except Refused as refused:
            said[place] = refused
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, call), daemon=True) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive(), "a thread waits for a lock that nobody gives up"
    if errors:
        raise errors[0]
    return said


def refusals(said: Sequence[Any]) -> list[str]:
    """The codes of those who were refused."""
    return [one.code for one in said if isinstance(one, Refused)]
