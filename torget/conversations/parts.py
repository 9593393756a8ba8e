"""What other modules show on a receipt: each registers a function when it starts, from the receipt and its secret to HTML."""

from collections.abc import Callable

from django.utils.safestring import SafeString

from torget.conversations.models import Receipt

receipt: dict[str, Callable[[Receipt, str], SafeString | None]] = {}


def on_receipt(shown: Receipt, secret: str) -> list[SafeString]:
    """The parts that there are."""
    return [part for make in receipt.values() if (part := make(shown, secret))]
