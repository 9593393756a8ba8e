"""Cutting off what a reply repeats: the quoted mail, its header, the signature. The whole stays elsewhere.

Line rules of our own instead of one large expression: each line is looked at a bounded number of times, so that no
mail can make the cutting slow, and a rule that would leave nothing leaves everything. When in doubt the text stays:
cutting somebody's words is worse than showing a quote.
"""

import re

from torget.channels.markup import QUOTE_STARTS

_LONGEST_LINE = 500
_MOST_LINES = 20_000
_WINDOW = 5
_HEADER_WINDOW = 9

# "On … wrote:", "Den … skrev …:" and their sisters. The verb, then what a mail program writes before it.
_VERB = (
    r"wrote|writes|skrev|skriver|skreiv|schrieb|a\s+écrit|schreef|escribió|ha\s+scritto|scrisse|escreveu|"
    r"napisał(?:\(a\)|a)?|pisze|napsal|írta|kirjoitti|написал(?:\(а\)|а)?|пишет|написав"
)
_VERB_IN = re.compile(rf"(?<!\w)(?:{_VERB})(?!\w)", re.I)
_OPENER = re.compile(
    r"\s*(?:[-_]{2,}\s*)?(?:on|den|le|am|op|el|il|em|w dniu|dnia|dne|på|vid|"
    r"(?:må|ti|on|to|fr|lö|sö|man|tir|tis|ons|tor|tors|fre|lör|lørd|sön|søn|mon|tue|wed|thu|fri|sat|sun)\w{0,7}\.?,?)\s",
    re.I,
)
_STARTS_WITH_DATE = re.compile(
    r"\s*(?:\d{4}[-./年]|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.?\s+\w{3,10}\.?,?\s+\d{4})"
)
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d[:.]\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
# People write "den 3 mars 2026 skrev jag:" themselves; a mail program never says I, we, and in Swedish not you.
_OWN_WORDS = re.compile(rf"\b(?:(?:{_VERB})\s+(?:jag|vi|du|ni|han|hon|de|man|någon)|(?:i|we|they)\s+wrote)\b", re.I)

# The header that Outlook and others put above the repeated mail.
_FROM = "from|från|von|de|van|fra|od|da|lähettäjä|от|kimden|发件人|差出人"
_DATE = (
    "sent|date|skickat|skickades|datum|gesendet|envoyé(?: le)?|verzonden|sendt|dato|wysłano|data|enviado|fecha|"
    "inviato|lähetetty|отправлено|дата"
)
_TO = "to|till|an|à|aan|til|do|para|cc|kopia|kopi|bcc|vastaanottaja|кому|reply-to|organization|a"
_SUBJECT = "subject|ämne|betreff|objet|onderwerp|emne|temat|assunto|asunto|oggetto|aihe|тема"
_HEADER = re.compile(
    rf"[\s>*_]*(?:(?P<from>{_FROM})|(?P<date>{_DATE})|(?P<to>{_TO})|(?P<subject>{_SUBJECT}))[*_]*\s?:(?!//)", re.I
)
_SENT = re.compile(
    r"[\s>*]*(?:sent|skickat|skickades|gesendet|envoyé|verzonden|sendt|wysłano|enviado|inviato|lähetetty|отправлено)\b",
    re.I,
)

_SEPARATOR = re.compile(
    r"[\s>]*[-_=*]{2,}\s*(?:original message|ursprungligt (?:meddelande|mail|e-post\w*)|originalmeddelande|"
    r"ursprüngliche nachricht|message d'origine|oprindelig (?:meddelelse|besked|mail)|opprinnelig melding|"
    r"oorspronkelijk bericht|mensaje original|messaggio originale|mensagem original|wiadomość oryginalna|"
    r"forwarded (?:message|by .{1,80})|vidarebefordrat (?:meddelande|mail|brev)|weitergeleitete nachricht|"
    r"message transféré|videresendt (?:meddelelse|besked|melding)|doorgestuurd bericht|alkuperäinen viesti)"
    r"\s*[-_=*]{2,}\s*",
    re.I,
)
_FORWARD = re.compile(r"[\s>]*(?:begin forwarded message|vidarebefordrat brev|vidarebefordrat meddelande)\s*:\s*", re.I)
_RULE = re.compile(r"\s*(?:_{10,}|-{20,})\s*")
_SIGNATURE_RULE = re.compile(r"\s*[-_=]{8,}\s*")
_QUOTED = re.compile(r"\s{0,3}[>|]")

_DASHES = re.compile(r"\s*(?:--|—|__)\s*")
_CLOSING = re.compile(
    r"\s*(?:/?mvh|m\.?v\.?h\.?|(?:med )?(?:vänlig(?:a|en)?|vänligaste|varm(?:a)?|bästa|hjärtlig(?:a)?) "
    r"hälsning(?:ar|en)?|hälsningar?|hälsn\.?|vänligen|vh|(?:best|kind|warm|kindest|many thanks and|yours) regards|"
    r"regards|sincerely|yours (?:sincerely|faithfully|truly)|best wishes|cheers|med venlig hilsen|(?:venlig |vennlig |"
    r"med vennlig )?hilsen|mit freundlichen grüßen|viele grüße|freundliche grüße|cordialement|ystävällisin terveisin)"
    r"\s*[,.!]?\s*(?P<who>.{0,40})",
    re.I,
)
_DEVICE = re.compile(
    r"\s*(?:sent (?:from|via|using) (?:my |the )?|get outlook for|skickat (?:från|via) (?:min |mitt |mina )?|"
    r"skickades? från|hämta outlook för|gesendet (?:von|mit)|von meinem|envoyé (?:de|depuis|à partir)|sendt fra|"
    r"lähetetty|verzonden vanaf|enviado (?:desde|do)|inviato da|wysłane z)\b",
    re.I,
)
_DEVICES = re.compile(
    r"iphone|ipad|android|outlook|samsung|galaxy|blackberry|mobil|phone|mail|wiko|huawei|xiaomi|nokia|sony|pixel|"
    r"tablet|surfplatta|device|enhet|windows|yahoo|proton|app\b|app<|typeapp|telefon",
    re.I,
)
_DISCLAIMER = re.compile(
    r"[\s*_]*(?:disclaimer|confidentiality (?:notice|note)|privileged information|ansvarsfriskrivning|"
    r"konfidentiellt meddelande|sekretessmeddelande)[\s*_:.]*",
    re.I,
)


def reply(text: str) -> str:
    """What the sender wrote now: quotes, their headers and the signature cut off; never "" unless `text` is blank."""
    at = text.find(QUOTE_STARTS)
    lines = text.replace(QUOTE_STARTS, "").split("\n")[:_MOST_LINES]
    if at >= 0:
        # The mail program itself said where its quote begins.
        row = text.count("\n", 0, at)
        if any(line.strip() for line in lines[:row]):
            lines = lines[:row]
    kept = _tidy(_without_signature(_without_quotes(lines)))
    return kept or _tidy(_without_quotes(lines)) or "\n".join(lines).strip("\n ")


def _tidy(lines: list[str]) -> str:
    out: list[str] = []
    for line in lines:
        if line.strip() or (out and out[-1]):
            out.append(line.rstrip())
    return "\n".join(out).strip("\n")


def _without_quotes(lines: list[str]) -> list[str]:
    """Drop quoted parts; keep the quotes between the answers of somebody who answers line by line."""
    out: list[str] = []
    row = 0
    while row < len(lines):
        length = _quote_header(lines, row)
        if length:
            after = row + length
            end = _quoted_run(lines, after)
            if end == after:
                # No ">" follows: everything below is the repeated mail, unless the mail is nothing but that.
                if any(line.strip() for line in out):
                    return out
                out.extend(lines[row:after])
                row = after
                continue
            rest = lines[end:]
            if not _own_words(rest):
                return out
            if _answers_inline(rest):
                return out + _inline(lines[after:])
            row = end
            continue
        if _QUOTED.match(lines[row]):
            end = _quoted_run(lines, row)
            rest = lines[end:]
            if not _own_words(rest):
                return out
            return out + _inline(lines[row:])
        out.append(lines[row])
        row += 1
    return out


def _own_words(lines: list[str]) -> bool:
    """Whether anything but quotes and a signature follows."""
    return any(line.strip() and not _QUOTED.match(line) for line in _without_signature(lines, keep_first=False))


def _answers_inline(lines: list[str]) -> bool:
    """Whether more quotes come after words of their own, so that the quotes are needed to understand them."""
    own = False
    for line in lines:
        if _QUOTED.match(line):
            if own:
                return True
        elif line.strip():
            own = True
    return False


def _inline(lines: list[str]) -> list[str]:
    """Answers between quotes: all of it but the signature and the quotes after the last answer."""
    lines = _without_signature(lines, keep_first=False)
    end = len(lines)
    while end and (not lines[end - 1].strip() or _QUOTED.match(lines[end - 1])):
        end -= 1
    return lines[:end]


def _quoted_run(lines: list[str], row: int) -> int:
    """The row after a run of ">" lines that starts at `row` or after blank lines; `row` when there is none."""
    end = row
    at = row
    while at < len(lines):
        if _QUOTED.match(lines[at]):
            end = at = at + 1
        elif not lines[at].strip() or (end == at > row and _is_tail(lines, at)):
            at += 1
        else:
            break
    return end


def _is_tail(lines: list[str], row: int) -> bool:
    """Whether this is the end of a quoted line that was wrapped on its way: right between two quoted lines."""
    following = lines[row + 1] if row + 1 < len(lines) else ""
    return bool(_QUOTED.match(following)) and len(lines[row]) < 80 and len(lines[row - 1]) > 60


def _quote_header(lines: list[str], row: int) -> int:
    """How many lines at `row` are the head of a repeated mail; 0 when none are."""
    line = lines[row][:_LONGEST_LINE]
    if not line.strip():
        return 0
    if _SEPARATOR.fullmatch(line) or _FORWARD.fullmatch(line):
        return 1 + _blank(lines, row + 1) + _header_block(lines, row + 1 + _blank(lines, row + 1), certain=True)
    if _RULE.fullmatch(line):
        blank = _blank(lines, row + 1)
        block = _header_block(lines, row + 1 + blank, certain=True)
        return 1 + blank + block if block else 0
    if _QUOTED.match(line):
        return 0
    return _header_block(lines, row, certain=False) or _attribution(lines, row)


def _blank(lines: list[str], row: int) -> int:
    count = 0
    while count < 3 and row + count < len(lines) and not lines[row + count].strip():
        count += 1
    return count


def _header_block(lines: list[str], row: int, *, certain: bool) -> int:
    """Lines such as "Från: … / Skickat: … / Till: … / Ämne: …"; `certain` when a separator stood above.

    People write "Från: Ekevik / Till: Storby" about journeys, so two such lines are not enough by themselves.
    """
    found: set[str] = set()
    address = sent = False
    length = 0
    for offset, line in enumerate(lines[row : row + _HEADER_WINDOW]):
        line = line[:_LONGEST_LINE]
        match = _HEADER.match(line)
        if match and match.lastgroup:
            found.add(match.lastgroup)
            sent = sent or bool(_SENT.match(line))
            length = offset + 1
        elif not line.strip() or offset == 0 or offset - length >= 2:
            break
        address = address or "@" in line
    if certain:
        return length if found else 0
    # A mail has a sender and a date or subject; the first line names one of these.
    named = "from" in found and ("date" in found or "subject" in found)
    return length if named and (sent or address or len(found) == 4) else 0


def _attribution(lines: list[str], row: int) -> int:
    """A sentence such as "Den 3 mars 2026 kl. 10:15 skrev Anna <anna@example.org>:", over at most five lines."""
    first = lines[row][:_LONGEST_LINE]
    opened = bool(_OPENER.match(first))
    dated = bool(_STARTS_WITH_DATE.match(first))
    if not opened and not dated:
        return 0
    window = ""
    for offset, line in enumerate(lines[row : row + _WINDOW]):
        line = line[:_LONGEST_LINE].strip()
        if not line or _QUOTED.match(line):
            break
        # A soft line end of quoted-printable that nobody decoded splits words.
        window = window[:-1] + line if window.endswith("=") else f"{window} {line}".strip()
        if _is_attribution(window, opened=opened, quoted=_next_is_quoted(lines, row + offset + 1)):
            return offset + 1
    return 0


def _next_is_quoted(lines: list[str], row: int) -> bool:
    row += _blank(lines, row)
    return row < len(lines) and bool(_QUOTED.match(lines[row]))


def _is_attribution(window: str, *, opened: bool, quoted: bool) -> bool:
    if len(window) > 2 * _LONGEST_LINE or not any(char.isdigit() for char in window):
        return False
    bare = window.rstrip(" -_")
    ends = bare.endswith((":", ":*"))
    verb = _VERB_IN.search(bare)
    address = _ADDRESS.search(bare)
    if not verb:
        # "2026-03-03 10:15 GMT+01:00 Anna <anna@example.org>:" has no verb at all.
        return ends and bool(address) and not opened and bare.rstrip(":* >)").endswith(address[0] if address else " ")
    if not ends and not re.search(rf"(?:{_VERB})$", bare, re.I):
        return False
    if _OWN_WORDS.search(bare):
        return quoted
    return quoted or bool(address) or bool(_DATED.search(bare))


def _without_signature(lines: list[str], *, keep_first: bool = True) -> list[str]:
    """Drop the signature: after "-- ", a closing phrase with a few short lines, a telephone's own line, a disclaimer."""
    for row, line in enumerate(lines):
        alone = keep_first and row == 0 and len(lines) == 1
        if line.strip() and not alone and _cuts(lines, row):
            return lines[:row]
    return lines


def _cuts(lines: list[str], row: int) -> bool:
    line = lines[row][:_LONGEST_LINE]
    if _DASHES.fullmatch(line):
        return _small(lines, row, rows=25, width=200)
    if _DEVICE.match(line):
        words = re.sub(r"<?https?://\S+", "", line)
        return len(line) <= 120 and bool(_DEVICES.search(line)) and not re.search(r"[,!?]|\.\s*$", words)
    if _DISCLAIMER.fullmatch(line):
        return row > 0 and not lines[row - 1].strip()
    if _SIGNATURE_RULE.fullmatch(line):
        rest = lines[row + 1 : row + 30]
        return _small(lines, row, rows=14, width=120) and any("@" in one or "://" in one for one in rest)
    closing = _CLOSING.fullmatch(line)
    if not closing:
        return False
    who = closing["who"].strip()
    if len(who.split()) > 4 or any(mark in who for mark in "?:"):
        return False
    return _small(lines, row, rows=12, width=100) and not any(_says_more(one) for one in lines[row + 1 : row + 60])


def _small(lines: list[str], row: int, *, rows: int, width: int) -> bool:
    """Whether only a few short lines follow `row`; looks at 60 at most."""
    if len(lines) - row > 60:
        return False
    held = [line for line in lines[row + 1 :] if line.strip()]
    return len(held) <= rows and all(len(line) <= width for line in held)


def _says_more(line: str) -> bool:
    """Whether a line after the closing phrase is more than a name, a title and ways to reach somebody."""
    words = line.strip()
    return words.endswith("?") or bool(re.match(r"p\.?\s?s\b", words, re.I)) or len(words.split()) > 12
