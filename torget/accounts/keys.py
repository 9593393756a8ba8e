"""Passkeys in our words: the names of keys, whom they are shown to belong to, the form that adds one."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torget.organisations.models import Organisation


class Keys(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors, with the organisation's name."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("Det stämde inte. Försök igen."),
    }

    def _get_site_name(self) -> str:
        return Organisation.current().name

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """`Passkey`, `Passkey 2`."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey") if not count else _("Passkey %(number)d") % {"number": count + 1}


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A new key: its name, and whether it opens alone."""

    name = forms.CharField(
        required=False,
        max_length=60,
        label=gettext_lazy("Vad ska nyckeln heta?"),
        help_text=gettext_lazy("Så att du känner igen den, till exempel ”Jobbdatorn”."),
    )
    passwordless = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Logga in med bara nyckeln, utan lösenord"),
        help_text=gettext_lazy("Nyckeln frågar då efter fingeravtryck, ansikte eller pinkod."),
    )
