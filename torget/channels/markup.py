"""HTML to plain text: the words, line by line, with quotes marked as in plain mail.

A scanner of our own: the standard library's takes quadratic time on crafted tags, and we need words, not a tree.
"""

import re
from html import unescape

from torget.channels.text import link

_APART = {"p", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre"}
_BLOCKS = _APART | {"address", "article", "aside", "center", "dd", "dir", "div", "dl", "dt", "fieldset", "figure"}
_BLOCKS |= {"footer", "form", "header", "hr", "li", "main", "nav", "option", "section", "tr"}
_RAW = {"script", "style", "title", "textarea"}
_HIDDEN = {"head", "template", "noscript", "select", "svg", "math"}
_TAG = re.compile(r"/?\s*([a-zA-Z][a-zA-Z0-9:_-]{0,30})")
_ATTRIBUTE = re.compile(r"""\b(href|id|class|alt|type)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
_QUOTE_IDS = ("divrplyfwdmsg", "olk_src_body_section", "appendonsend", "yahoo_quoted", "x_divrplyfwdmsg", "reply-intro")
_QUOTE_CLASSES = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "zmail_extra", "tutanota_quote")
# All space but a single blank between words, which is most of it and stays as it is.
_WIDE = r"\t\n\r\f\xa0\u200b\u200c\ufeff"
_SPACE = re.compile(rf"(?:[{_WIDE}]| (?=[ {_WIDE}]))[ {_WIDE}]*")
QUOTE_STARTS = "\ue000"


class _Writer:
    """Collects plain lines; `>` in front of each line inside a blockquote, as in plain mail."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now: list[str] = []
        self.depth = 0
        self.pre = 0
        self.href = ""
        self.href_from = 0

    def words(self, text: str) -> None:
        """Add words; outside of <pre> space is one space, as a browser shows it."""
        if self.pre:
            first, *rest = text.replace("\r", "").split("\n")
            self.now.append(first)
            for more in rest:
                self.end()
                self.now.append(more)
        elif text := _SPACE.sub(" ", text):
            self.now.append(text)

    def link(self, body: str, *, closing: bool) -> None:
        """Remember the address of a link, and write it after the words unless they show it already."""
        if not closing:
            self.href, self.href_from = link(_attributes(body).get("href", "")), len(self.now)
        elif self.href:
            shown = "".join(self.now[self.href_from :]).strip()
            if self.href not in shown and shown not in self.href:
                self.words(f" <{self.href}>")
            self.href = ""

    def end(self, *, blank: bool = False, always: bool = False) -> None:
        """End the line; a blank one after it keeps paragraphs apart."""
        text = "".join(self.now)
        text = text.rstrip() if self.pre else text.strip()
        self.now.clear()
        self.href_from = 0
        prefix = "> " * min(self.depth, 5)
        if text or always:
            self.lines.append((prefix + text).rstrip())
        if blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(prefix.rstrip())


def html_to_plain(html: str, *, links: bool = False, mark_quotes: bool = False) -> str:
    """The words of an HTML text, line by line. `links` adds addresses that the words do not show.

    `mark_quotes` puts QUOTE_STARTS where a known mail program says that the quoted mail begins.
    """
    out = _Writer()
    html = html.replace(QUOTE_STARTS, "\ufffd")
    hidden = ""
    position, last = 0, html.rfind(">")
    while position < len(html):
        start = html.find("<", position)
        end = len(html) if start < 0 else start
        if end > position and not hidden:
            out.words(unescape(html[position:end]))
        if start < 0:
            break
        body, position = _tag(html, start, last)
        match = _TAG.match(body)
        if not match:
            out.words("<" if body == "<" and not hidden else "")
            continue
        tag, closing = match[1].lower(), body.startswith("/")
        if hidden:
            hidden = "" if closing and tag == hidden else hidden
        elif tag in _RAW and not closing:
            position = _skip(html, tag, position)
        elif tag in _HIDDEN and not closing and not body.endswith("/"):
            hidden = tag
        else:
            if tag == "a" and links:
                out.link(body, closing=closing)
            _layout(out, tag, body, closing, mark_quotes)
    out.end()
    return _tidy(out.lines)


def _tag(html: str, start: int, last: int) -> tuple[str, int]:
    """The inside of the tag at `start` and the place after it; ("<", …) when it is no tag. `last` is the last ">"."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4)
        # An unclosed comment hides the rest, as in a browser: this also keeps the scan linear.
        return "!", len(html) if end < 0 else end + 3
    following = html[start + 1 : start + 2]
    if start > last or not (following.isalpha() or following in ("/", "!", "?")):
        return "<", start + 1
    end = html.find(">", start + 1)
    return html[start + 1 : end], end + 1


def _skip(html: str, tag: str, position: int) -> int:
    end = re.compile(f"</{tag}\\b[^>]{{0,100}}>", re.I).search(html, position)
    return end.end() if end else len(html)


def _attributes(body: str) -> dict[str, str]:
    return {m[1].lower(): unescape(m[2].strip("\"'")) for m in _ATTRIBUTE.finditer(body[:4_000])}


def _layout(out: _Writer, tag: str, body: str, closing: bool, mark_quotes: bool) -> None:
    if tag == "br":
        out.end(always=True)
        return
    if tag == "img" and not out.pre:
        out.words(_attributes(body).get("alt", "")[:500])
        return
    if tag == "blockquote":
        out.end()
        out.depth = max(0, out.depth + (-1 if closing else 1))
        return
    if mark_quotes and not closing and tag in ("div", "span", "table", "hr"):
        attributes = _attributes(body)
        names = (attributes.get("class", "") + " " + attributes.get("id", "")).lower().split()
        if any(name in _QUOTE_IDS or name.endswith(_QUOTE_CLASSES) for name in names):
            out.end()
            out.lines.append(QUOTE_STARTS)
    if tag in ("td", "th") and closing:
        out.words(" ")
    # A paragraph inside a list item stays on the line of its dash.
    if tag in _BLOCKS and (closing or out.now != ["- "]):
        out.end(blank=tag in _APART and closing)
        if tag == "li" and not closing:
            out.now = ["- "]
        if tag == "hr" and not closing:
            out.lines.append("-" * 20)
        if tag == "pre":
            out.pre = max(0, out.pre + (-1 if closing else 1))


def _tidy(lines: list[str]) -> str:
    kept: list[str] = []
    for row in lines:
        if row or (kept and kept[-1]):
            kept.append(row)
    return "\n".join(kept).strip("\n")
