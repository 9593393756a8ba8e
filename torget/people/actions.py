"""Writes about people."""

from collections.abc import Mapping

from torget.core import clock
from torget.people.models import Contact


def know(channel: str, names: Mapping[str, str]) -> dict[str, Contact]:
    """The contacts at the addresses {address: name as shown}, made or given their present name; by address as given.

    Two statements for any number of them. An empty address is nobody and is left out.
    """
    keys = {address: address.strip()[:320] for address in names if address.strip()}
    if not keys:
        return {}
    now = clock.now()
    Contact.objects.bulk_create(
        (
            Contact(channel=channel, address=key, name=names[address][:200], first_seen_at=now)
            for address, key in sorted(keys.items())  # in one order, so that two writers never wait for each other
        ),
        ignore_conflicts=True,
    )
    found = {c.address: c for c in Contact.objects.filter(channel=channel, address__in=keys.values())}
    for address, key in sorted(keys.items()):
        contact, name = found[key], names[address][:200]
        if name and contact.name != name:
            contact.name = name
            contact.save(update_fields=["name"])
    return {address: found[key] for address, key in keys.items()}
