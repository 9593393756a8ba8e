"""What holds for every page that a test opens with Django's client: read from the HTML itself, told as an instruction."""

from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urlsplit

# A script element with one of these types is data that nothing runs, so the CSP lets it stand.
DATA_TYPES = ("application/json", "application/ld+json", "importmap", "speculationrules")
# Attributes that name an element on the same page by its id.
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage", "list")


class _Reader(HTMLParser):
    """Collects what the checks need in one pass."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.ids: Counter[str] = Counter()
        self.references: list[tuple[str, str, str]] = []
        self.language: str | None = None
        self.is_whole = False
        self.titles: list[str] = []
        self.headings = 0
        self._depth_of_svg = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        where = f"<{tag}> on line {self.getpos()[0]}"
        if tag == "html":
            self.is_whole, self.language = True, given.get("lang")
        elif tag == "svg":
            self._depth_of_svg += 1
        elif tag == "title" and not self._depth_of_svg:
            self._in_title = True
            self.titles.append("")
        elif tag == "h1":
            self.headings += 1
        if "id" in given:
            self.ids[given["id"]] += 1
        for name in REFERENCES:
            self.references += [(name, target, where) for target in given.get(name, "").split()]
        self._read_policy(tag, given, where)
        if tag == "form":
            self._read_form(given, where)
        if tag == "img" and "alt" not in given:
            self.problems.append(f'{where} has no alt. Say what it shows, or alt="" when it only decorates.')

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self._depth_of_svg = max(0, self._depth_of_svg - 1)
        elif tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.titles[-1] += data

    def _read_policy(self, tag: str, given: dict[str, str], where: str) -> None:
        if tag == "style":
            self.problems.append(f"{where}: the CSP takes no inline style. Put the rules in a file under static/.")
        if tag == "script" and "src" not in given and given.get("type", "").lower() not in DATA_TYPES:
            self.problems.append(f"{where}: the CSP takes no inline script. Put it in a file under static/.")
        for name, value in given.items():
            if name == "style":
                self.problems.append(f"{where} has a style attribute, which the CSP ignores. Use a class.")
            elif name.startswith("on"):
                self.problems.append(f"{where} has {name}=, which the CSP ignores. Listen from a script file.")
            elif name in ("href", "src", "action", "formaction") and value.strip().lower().startswith("javascript:"):
                self.problems.append(f"{where} has a javascript: address. Use a button and a script file.")

    def _read_form(self, given: dict[str, str], where: str) -> None:
        method = given.get("method", "get").lower()
        action = given.get("action")
        if method == "post" and not action:
            self.problems.append(f"{where} is posted and has no action. Name it: {{% url … %}}.")
        if action and (urlsplit(action).scheme or urlsplit(action).netloc):
            self.problems.append(f"{where} is sent to {action}. The CSP says form-action 'self': name a path of ours.")

    def close(self) -> None:
        super().close()
        for name, count in self.ids.items():
            if not name or count > 1:
                self.problems.append(f'id="{name}" stands {count} times. An id is not empty and stands once on a page.')
        for attribute, target, where in self.references:
            # A fragment may point to what the page around it holds.
            if self.is_whole and target not in self.ids:
                self.problems.append(f'{where} has {attribute}="{target}", and nothing on the page has that id.')
        if not self.is_whole:
            return
        if not self.language:
            self.problems.append("<html> has no lang. Extend base_public.html or base_staff.html.")
        if len(self.titles) != 1 or not "".join(self.titles).strip():
            self.problems.append("The page needs one <title> that says something. Fill the block title.")
        if self.headings != 1:
            self.problems.append(f"The page has {self.headings} <h1>. One says what the page is.")


def problems(html: str) -> list[str]:
    """What is wrong with a page or a fragment of one (which has no title, language or heading to check)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.problems
