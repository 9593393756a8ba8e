"""What a page is looked at for besides axe: names, target sizes, focus, forced colours, stillness, more room in the text.

Each check is a function of an open page that says what is wrong, or nothing. The page is left as it was found.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.support.browser import assert_accessible, assert_fits

# Shared by the scripts below: what is shown, what can be reached by Tab.
SHOWN = """
const shown = one => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".honey, [inert]");
const told = one => one.outerHTML.slice(0, 110);
const reach = () => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), textarea, select, summary, [tabindex='0']")]
  .filter(one => shown(one) && !one.disabled && one.tabIndex >= 0);
"""

# WCAG 2.2, 2.5.8: 24 by 24 px, or so far from the next that circles of 24 px do not meet; a link in a sentence is excepted.
TARGETS = (
    "() => {"
    + SHOWN
    + """
  const inSentence = one => { if (one.tagName !== "A") return false; const around = one.parentElement;
    return getComputedStyle(one).display === "inline" && around.textContent.trim().length > one.textContent.trim().length };
  const own = one => one.matches("input[type=checkbox], input[type=radio]") && one.closest("label") ? one.closest("label") : one;
  const boxes = reach().map(one => [one, own(one).getBoundingClientRect()]).filter(([, box]) => box.width > 1);
  const small = boxes.filter(([one, box]) => (box.width < 24 || box.height < 24) && !inSentence(one));
  const middle = box => [box.left + box.width / 2, box.top + box.height / 2];
  // Between a circle around the middle of a small target and another target, or its circle where that is small too.
  const meets = ([one, box]) => boxes.some(([other, its]) => { if (other === one || own(other).contains(one)) return false;
    const [x, y] = middle(box), [a, b] = middle(its);
    const dx = Math.max(its.left - x, 0, x - its.right), dy = Math.max(its.top - y, 0, y - its.bottom);
    const isSmall = its.width < 24 || its.height < 24;
    return Math.hypot(dx, dy) < 12 || (isSmall && Math.hypot(a - x, b - y) < 24) });
  return small.filter(meets).map(([one, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${told(one)}`);
}"""
)

# 2.4.7 and 2.4.11: each stop is ringed, in the window, and not wholly under something else.
FOCUS = (
    "() => {"
    + SHOWN
    + """
  const wrong = [];
  for (const one of reach()) {
    one.focus();
    if (document.activeElement !== one) continue;
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push(`no ring: ${told(one)}`);
    const xs = [0.1, 0.5, 0.9].map(part => box.left + box.width * part);
    const ys = [0.1, 0.5, 0.9].map(part => box.top + box.height * part);
    const seen = xs.some(x => ys.some(y => { const top = document.elementFromPoint(x, y);
      return top && (one.contains(top) || top.contains(one) || top.closest("label")?.contains(one)
        || (one.id && top.closest(`label[for="${CSS.escape(one.id)}"]`))) }));
    if (!seen) wrong.push(`out of sight or covered: ${told(one)}`);
  }
  document.activeElement?.blur();
  scrollTo(0, 0);
  return wrong;
}"""
)

# 1.4.12, by a constructed sheet: the policy of our pages takes no inline style, and this is none.
SPACED = """on => {
  if (!on) { document.adoptedStyleSheets = []; return [] }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
  const cut = [...document.querySelectorAll("main :is(a, button, p, h1, h2, h3, label, td, th)")]
    .filter(one => one.checkVisibility() && !one.closest(".honey, .sr, .q, .st") && !one.matches(".sr"))
    .filter(one => { const style = getComputedStyle(one);
      return style.overflow !== "visible" && style.overflowY !== "auto" && style.overflowY !== "scroll"
        && (one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 2) });
  return cut.map(one => one.outerHTML.slice(0, 110));
}"""

# 2.3.3 and 2.2.2: no animation runs, and none lasts longer than an eye can see.
MOVING = """() => [...document.getAnimations().map(one => one.constructor.name),
  ...[...document.querySelectorAll("*")].filter(one => { const style = getComputedStyle(one);
    return [style.transitionDuration, style.animationDuration].join().split(",").some(time => parseFloat(time) > 0.01)
      || style.scrollBehavior === "smooth" }).map(one => one.outerHTML.slice(0, 80))]"""

# Where colours are the reader's own, what is a control must still be told from text: by an edge, a line or a sign.
FORCED = (
    "() => {"
    + SHOWN
    + """
  const edge = one => { const style = getComputedStyle(one);
    return ["Top", "Left", "Bottom"].some(side => parseFloat(style[`border${side}Width`]) > 0
      && style[`border${side}Style`] !== "none") };
  return reach().filter(one => one.matches("button, .btn, textarea, select, input:not([type=checkbox], [type=radio])"))
    .filter(one => !edge(one) && !getComputedStyle(one).textDecorationLine.includes("underline"))
    .filter(one => !one.querySelector("svg") && !one.closest("summary, .seg")).map(told);
}"""
)

# What can be operated, by the roles of the browser's own tree.
OPERATED = frozenset(
    "button link textbox searchbox checkbox radio combobox listbox spinbutton slider switch menuitem tab option "
    "DisclosureTriangle".split()
)
# What carries a name where there are several of it on a page.
NAMED_WHEN_MANY = frozenset({"navigation", "region", "complementary", "search", "form"})
ALWAYS_NAMED = {"dialog": "name", "table": "caption", "image": "alt", "radiogroup": "legend"}
# The page that shows every part shows some of them many times.
PARTS = "/components/"


def names(page: Page) -> list[str]:
    """What the accessibility tree lacks: names, names that tell two apart, landmarks, headings in order."""
    session = page.context.new_cdp_session(page)
    nodes = _in_order(session.send("Accessibility.getFullAXTree")["nodes"])
    session.detach()
    found: list[str] = []
    buttons: Counter[str] = Counter()
    landmarks: Counter[tuple[str, str]] = Counter()
    roles: Counter[str] = Counter()
    last = 0
    for node in nodes:
        if node.get("ignored"):
            continue
        role = node.get("role", {}).get("value", "")
        name = " ".join(str(node.get("name", {}).get("value", "")).split())
        properties = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
        roles[role] += 1
        if role in OPERATED and not name:
            found.append(f"a {role} without a name (node {node.get('backendDOMNodeId')})")
        # The browser's own button in a field for a day or a time has the same name in all of them.
        if role == "button" and not properties.get("disabled") and not name.endswith("picker"):
            buttons[name] += 1
        # A form without a name is no landmark.
        if role in NAMED_WHEN_MANY and (name or role != "form"):
            landmarks[(role, name)] += 1
        if role in ALWAYS_NAMED and not name:
            found.append(f"a {role} without a {ALWAYS_NAMED[role]}")
        if role == "heading":
            level = int(properties.get("level") or 0)
            if last and level > last + 1:
                found.append(f"heading {level} follows {last}: {name[:60]}")
            if not name:
                found.append(f"an empty heading of level {level}")
            last = level
    if page.url.endswith(PARTS):
        buttons.clear()
    found += [f"{count} buttons are called “{name}”" for name, count in buttons.items() if count > 1]
    found += [f"{count} {role} are called “{name}”" for (role, name), count in landmarks.items() if count > 1]
    # While a dialog is open the rest of the page is not there.
    if roles["main"] != 1 and not roles["dialog"]:
        found.append(f"{roles['main']} main")
    return found


def _in_order(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tree's nodes as they are read: the browser gives them level by level."""
    by_id = {node["nodeId"]: node for node in nodes}
    found: list[dict[str, Any]] = []
    waiting = [node["nodeId"] for node in reversed(nodes) if "parentId" not in node]
    while waiting:
        node = by_id.get(waiting.pop())
        if node is not None:
            found.append(node)
            waiting += reversed(node.get("childIds", ()))
    return found


def links(page: Page) -> list[str]:
    """Links of one name that lead to different places, where no row or item around them tells them apart."""
    found: list[str] = page.evaluate("""() => { const seen = new Map(), wrong = [];
      const name = one => (one.getAttribute("aria-label") || one.innerText).trim().replace(/\\s+/g, " ");
      for (const one of document.querySelectorAll("main a[href]")) {
        if (!one.checkVisibility() || one.closest("li, tr, article, nav, .meta")) continue;
        const before = seen.get(name(one));
        if (before && before !== one.href) wrong.push(`“${name(one)}” leads to two places`);
        seen.set(name(one), one.href) }
      return wrong }""")
    return found


def _asked(script: str, **media: str) -> Callable[[Page], list[str]]:
    def ask(page: Page) -> list[str]:
        if media:
            page.emulate_media(**media)  # type: ignore[arg-type]  # names and values are Playwright's own
        try:
            return list(page.evaluate(script))
        finally:
            if media:
                page.emulate_media(forced_colors="none")

    return ask


def focus(page: Page) -> list[str]:
    """Stops without a ring, out of the window or covered."""
    # The ring is shown to who uses the keyboard: one key, and the browser knows.
    page.keyboard.press("Tab")
    return list(page.evaluate(FOCUS))


def spaced(page: Page) -> list[str]:
    """What is cut off, or makes the page scroll sideways, with more room between lines, words and letters."""
    try:
        cut = list(page.evaluate(SPACED, True))
        return cut + wide(page)
    finally:
        page.evaluate(SPACED, False)


def wide(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    try:
        assert_fits(page)
    except AssertionError as error:
        return [str(error)]
    return []


def _axe(page: Page) -> list[str]:
    try:
        assert_accessible(page)
    except AssertionError as error:
        return [str(error)]
    return []


CHECKS: dict[str, Callable[[Page], list[str]]] = {
    "axe": _axe,
    "names": lambda page: names(page) + links(page),
    "targets": _asked(TARGETS),
    "focus": focus,
    "still": _asked(MOVING),
    "forced": _asked(FORCED, forced_colors="active"),
    "spacing": spaced,
}
