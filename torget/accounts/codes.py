"""One-time codes (TOTP): each opens once, in whichever process it is shown (RFC 6238, 5.2).

allauth remembers used codes in the cache, which without Redis is each process's own. Here the last used step of time lies
with the factor itself, in the database.
"""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.utils import decrypt
from django.db.models import Q


def validate_code(factor: auth.TOTP, code: str) -> bool:
    """Whether a code is right now and has not been used; it is used up by that."""
    secret = decrypt(factor.instance.data["secret"])
    for step in auth.yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=auth.format_hotp_value(auth.hotp_value(secret, step))):
            return _use_up(factor.instance, step)
    return False


def _use_up(held: Authenticator, step: int) -> bool:
    # One conditional statement: of two that show the same code at the same moment one changes the row.
    fresh = Q(data__used_step__isnull=True) | Q(data__used_step__lt=step)
    used = held.data | {"used_step": step}
    return bool(Authenticator.objects.filter(fresh, pk=held.pk).update(data=used))


def once_everywhere() -> None:
    """Have allauth ask here; called once when the process starts. Errors: RuntimeError where allauth asks another way."""
    if not hasattr(auth.TOTP, "validate_code"):
        raise RuntimeError("allauth.mfa has another way to validate codes: see torget/accounts/codes.py")
    auth.TOTP.validate_code = validate_code
