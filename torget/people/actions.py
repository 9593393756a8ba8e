"""Writes about people."""

from collections.abc import Collection, Mapping

from torget.core import clock, rows
from torget.people.models import Contact


def know(channel: str, names: Mapping[str, str]) -> dict[str, Contact]:
    """The contacts at the addresses {address: name as shown}, made or given their present name; by address as given.

    One statement for any number of them, three where some are new. An empty address is nobody and is left out.
    """
    keys = {address: address.strip()[:320] for address in names if address.strip()}
    if not keys:
        return {}
    found = _at(channel, keys.values())
    if missing := {address: key for address, key in keys.items() if key not in found}:
        now = clock.now()
        Contact.objects.bulk_create(
            (
                Contact(channel=channel, address=key, name=names[address][:200], first_seen_at=now)
                for address, key in sorted(
                    missing.items()
                )  # in one order, so that two writers never wait for each other
            ),
            ignore_conflicts=True,
        )
        found |= _at(channel, missing.values())
    for address, key in sorted(keys.items()):
        contact, name = found[key], names[address][:200]
        if name and contact.name != name:
            contact.name = name
            contact.save(update_fields=["name"])
    return {address: found[key] for address, key in keys.items()}


def _at(channel: str, addresses: Collection[str]) -> dict[str, Contact]:
    found = (
        rows.find(Contact, channel=channel, address=next(iter(addresses)))
        if len(addresses) == 1
        else Contact.objects.filter(channel=channel, address__in=addresses)
    )
    return {contact.address: contact for contact in found}


def set_protected(contact: Contact, protected: bool) -> None:
    """Note whether a contact's identity is protected; what that means for records, `register` keeps."""
    Contact.objects.filter(pk=contact.pk).update(protected_identity=protected)
    contact.protected_identity = protected
