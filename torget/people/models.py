"""Contacts: who wrote, as far as they said."""

from typing import ClassVar

from django.db import models


class Contact(models.Model):
    """An address in a channel (an e-mail address, a handle, an id) with the name its owner shows."""

    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    first_seen_at = models.DateTimeField()
    # Their identity is protected (skyddade personuppgifter): the register keeps who may read what they write.
    protected_identity = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "address"], name="one_contact_per_address")]

    def __str__(self) -> str:
        return self.name or self.address

    @property
    def ref(self) -> str:
        """How results and the journal name this contact."""
        return f"contact:{self.pk}"
