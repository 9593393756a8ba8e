"""What the receiving server said of a mail: whether its sender is who it says (RFC 8601), and whether it is spam.

Only the server's own word counts. A sender can write the same fields, so the name of the server (`authserv`) should be
set; without it the topmost field is believed, which is the server's own wherever the server writes one.
"""

import re

from torget.channels import mailtext
from torget.channels.mailhead import Head

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^(dmarc|dkim|spf)(?:/\d+)?\s*=\s*([a-z]+)", re.I)
_MOST = 100
_FAILED = {"fail", "hardfail", "policy"}
# Suffixes under which anyone can have a domain of their own: two names within one are not of the same house.
_SHARED = {"co.uk", "com.au", "co.nz", "org.uk", "ac.uk", "gov.uk"}


def authenticated(head: Head, authserv: str = "") -> str:
    """ "pass", "fail" or "none"; "" where the server says nothing at all.

    DMARC decides where it was asked; else DKIM or SPF, but only for the domain that stands in From.
    """
    said = _said(head, authserv.strip().lower())
    if said is None:
        return ""
    found = [(match[1].lower(), match[2].lower(), one) for one in said if (match := _RESULT.match(one))]
    for method, result, _ in found:
        if method == "dmarc" and result in ("pass", "fail"):
            return result
    domain = head.sender("From").address.rpartition("@")[2]
    if any(result == "pass" and domain and _is_of(one, method, domain) for method, result, one in found):
        return "pass"
    return "fail" if any(result in _FAILED for _, result, _ in found) else "none"


def _said(head: Head, authserv: str) -> list[str] | None:
    """The results in the trusted fields, without their comments; None when there is no such field."""
    results: list[str] | None = None
    for name, value in head.pairs:
        # Programs of one server write a field each; below the next Received somebody else has written.
        if results is not None and name == "received":
            break
        if name != "authentication-results":
            continue
        held = mailtext.unfold(value)
        for _ in range(5):
            held = _COMMENT.sub(" ", held)
        who, _, rest = held.partition(";")
        server = (who.split() or [""])[0].lower()
        # Old servers write no name and begin with the first result.
        if "=" in server:
            server, rest = "", held
        if authserv in ("", server) and len(results or ()) < _MOST:
            authserv = authserv or server
            results = (results or []) + [one.strip() for one in rest.split(";") if one.strip()]
    return results


def _is_of(result: str, method: str, domain: str) -> bool:
    """Whether a result speaks of the domain in From, or of one in the same house (RFC 7489, 3.1)."""
    names = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom", "smtp.mail", "smtp.from")}.get(method, ())
    for name, value in re.findall(r"(?<![a-z])([a-z]{1,20}\.[a-z]{1,20})\s{0,20}=\s{0,20}\"?([^\s;\"]+)", result, re.I):
        if name.lower() in names and _house(value.rpartition("@")[2].lower()) == _house(domain):
            return True
    return False


def _house(domain: str) -> str:
    parts = domain.strip(".").split(".")
    return ".".join(parts[-3:] if ".".join(parts[-2:]) in _SHARED else parts[-2:])


# Fields of the filters in use, and what in them means spam.
_SPAM = {
    "x-spam-flag": re.compile(r"\s*(yes|true)\b", re.I),
    "x-spam-status": re.compile(r"\s*yes\b", re.I),
    "x-spam": re.compile(r"\s*(yes|true|spam)\b", re.I),
    "x-spam-checked": re.compile(r"\s*spam\b", re.I),
    "x-spamd-result": re.compile(r"\s*default:\s*true\b", re.I),
    "x-rspamd-action": re.compile(r"\s*(reject|add header|rewrite subject)", re.I),
    "x-barracuda-spam-flag": re.compile(r"\s*yes\b", re.I),
    "x-bogosity": re.compile(r"\s*(yes|spam)\b", re.I),
    "x-dspam-result": re.compile(r"\s*(spam|blacklisted)\b", re.I),
    "x-ms-exchange-organization-scl": re.compile(r"\s*[5-9]\b"),
    "x-forefront-antispam-report": re.compile(r".*\b(SFV:(SPM|SKB|SKS)\b|SCL:[5-9]\b)", re.I | re.S),
    "x-antispam-result": re.compile(r"\s*spam\b", re.I),
}


def is_spam(head: Head) -> bool:
    """Whether a filter on the way called it spam. A sender who writes such a field only harms its own mail."""
    return any(name in _SPAM and _SPAM[name].match(value[:2_000]) for name, value in head.pairs)
