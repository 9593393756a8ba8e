"""A question to a server that is not ours: answered within a fixed time, and with no more than was asked for."""

from torget.channels import deadline, outside


class TooLarge(Exception):
    """It answered with more than was asked for."""


def ask(
    url: str, *, seconds: float, largest: int, content: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Status and bytes of the answer; GET, or POST with `content`. Redirects are not followed.

    Errors: deadline.TooSlow, TooLarge, and those of outside.FAILURES.
    """
    host = url.split("/")[2] if url.count("/") > 1 else url
    return deadline.within(seconds, host, lambda: _asked(url, largest, content, headers or {}))


def _asked(url: str, largest: int, content: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    way = "GET" if content is None else "POST"
    with outside.client(headers=headers) as client, client.stream(way, url, content=content) as answer:
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > largest:
                raise TooLarge
        return answer.status_code, body
