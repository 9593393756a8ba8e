"""Writes about people."""

from torget.core import clock
from torget.people.models import Contact


def know(channel: str, address: str, name: str = "") -> Contact | None:
    """The contact at `address`, made or given its present name; None when no address is known."""
    address = address.strip()[:320]
    if not address:
        return None
    contact, made = Contact.objects.get_or_create(
        channel=channel, address=address, defaults={"name": name[:200], "first_seen_at": clock.now()}
    )
    if not made and name and contact.name != name[:200]:
        contact.name = name[:200]
        contact.save(update_fields=["name"])
    return contact
