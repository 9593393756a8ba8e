"""Words that are scripts where they are shown carelessly, put in every text field, and what a browser must not do with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from playwright.sync_api import Page

from tests.masking import fields
from tests.masking.planting import Planted
from torget.core.testing import data_json

# A small set of our own for where the recorded one is not: each shape of the trick once.
OWN = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>a</a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<style>@import 'https://example.net/x.css';</style>",
    "<link rel=stylesheet href=https://example.net/x.css>",
    "<img src=https://example.net/x.png>",
    "<form action=https://example.net/><input name=a autofocus onfocus=alert(1)>",
    "<meta http-equiv=refresh content='0;url=https://example.net/'>",
    "</title></textarea></noscript><script>alert(1)</script>",
    "{{constructor.constructor('alert(1)')()}}${alert(1)}",
    "\u003cscript\u003ealert(1)\u003c/script\u003e]]>--><!--",
    "<template><script>alert(1)</script></template><object data=javascript:alert(1)><embed src=javascript:alert(1)>",
    "<input type=image src=x onerror=alert(1) style=background:url(https://example.net/y)>",
)

# What runs in every page before anything of the page's own: whatever a script would call tells us, and so does the policy.
WATCH = """
window.__ran = [];
const note = (...words) => window.__ran.push(words.join(' '));
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = (...a) => note(name, a[0]);
document.addEventListener('securitypolicyviolation', (e) => note('policy', e.violatedDirective, e.blockedURI));
"""
# What must not have become part of a page. Our own scripts have an address under /static/; our own pictures are drawn inside.
LOOK = """() => {
  const found = [...window.__ran];
  const tags = 'iframe,object,embed,math,base,frame,frameset,applet,meta[http-equiv=refresh],foreignObject,animate,set';
  const say = (what, words) => found.push(what + ' ' + words.slice(0, 120));
  for (const e of document.querySelectorAll(tags)) say('element', e.outerHTML);
  for (const e of document.querySelectorAll('script,link[rel=stylesheet],style')) {
    const src = e.getAttribute('src') || e.getAttribute('href') || '';
    const data = (e.type || '').startsWith('application/') && e.tagName === 'SCRIPT';
    if (!src.startsWith('/static/') && !data) say('element', e.outerHTML);
  }
  for (const e of document.querySelectorAll('*')) for (const a of e.attributes) {
    const value = a.value.replace(/[\\u0000-\\u0020]/g, '').toLowerCase();
    if (a.name.startsWith('on') || a.name === 'srcdoc') say('attribute', a.name + '=' + a.value);
    else if (['href', 'src', 'action', 'formaction', 'xlink:href', 'poster', 'data'].includes(a.name)
      && /^(javascript|vbscript|data:text|data:image\\/svg)/.test(value)) say('address', a.name + '=' + a.value);
    else if (['src', 'poster', 'data', 'background'].includes(a.name) && /^(https?:)?\\/\\//.test(value)
      && !value.startsWith(location.origin)) say('fetched', a.value);
  }
  return [...new Set(found)];
}"""


def payloads() -> list[str]:
    """The recorded set and our own; signs that no database takes are not for fields, so they are left out."""
    recorded = [row["payload"] for row in data_json("hostile/dompurify/expect.json") or []]
    found = [*OWN, *(text for text in recorded if isinstance(text, str))]
    return [text.replace("\x00", "").encode("utf-8", "replace").decode() for text in found]


@dataclass
class Scripts(Planted):
    """Plants payloads where Planted plants words: as many as a field holds, going on from where the last one stopped."""

    start: int = 0
    most: int = 6_000
    made: int = 0
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.all = payloads()
        self.at = self.start
        self.sizes = {name: one for name, _, one in fields.text_fields()}

    def word(self, place: str) -> str:
        """Payloads for one field, no longer than it is."""
        one = self.sizes.get(place)
        room = getattr(one, "max_length", None) or (200 if one is None else self.most)
        room = min(room, self.most) - (30 if isinstance(one, models.EmailField | models.URLField) else 1)
        return self.some(room)

    def some(self, room: int) -> str:
        """As many payloads in turn as there is room for; one that is longer than all the room is passed over."""
        taken: list[str] = []
        for _ in self.all:
            number = self.at % len(self.all)
            text = self.all[number]
            left = room - sum(map(len, taken)) - 7 * (len(taken) + 1)
            if len(text) > left and taken:
                break
            self.at += 1
            if len(text) <= left:
                taken.append(text)
                self.used.add(number)
        self.made += 1
        # A number, since what a constraint keeps single must differ.
        return f"{self.made}\n".join(["", *taken])[: max(room, 0)] if taken else str(self.made)


def seen(page: Page) -> Iterator[str]:
    """What is wrong with the page as it now stands in the browser."""
    yield from page.evaluate(LOOK)


def watch(page: Page) -> list[str]:
    """Have the page tell of what runs in it; returns the list in which dialogs are noted."""
    dialogs: list[str] = []

    def note(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.add_init_script(WATCH)
    page.on("dialog", note)
    return dialogs
