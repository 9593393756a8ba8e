"""The icons: 20 × 20 drawings of one line each, put straight into the page so that no second request is needed.

They take the colour of the text beside them and are always hidden from screen readers: the word says what they mean.
"""

from __future__ import annotations

from typing import Final

ICONS: Final[dict[str, str]] = {
    "new": '<path d="M3.5 16.5v-10a3 3 0 0 1 3-3h7a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3z" fill="currentColor"/>',
    "person": '<circle cx="10" cy="6.5" r="3.2"/><path d="M3.8 17c.4-3.6 3-5.4 6.2-5.4s5.8 1.8 6.2 5.4"/>',
    "expert": (
        '<circle cx="5.6" cy="11.5" r="3.3"/><circle cx="14.4" cy="11.5" r="3.3"/>'
        '<path d="M8.9 11c.7-.6 1.5-.6 2.2 0M2.3 11 4 5.5M17.7 11 16 5.5"/>'
    ),
    "pencil": '<path d="m3.5 16.5.9-3.7 9-9 2.8 2.8-9 9zM11.8 5.4l2.8 2.8"/>',
    "hourglass": '<path d="M5 2.8h10M5 17.2h10M6.3 2.8v3L10 10l3.7-4.2v-3M6.3 17.2v-3L10 10l3.7 4.2v3"/>',
    "check": '<path d="m3.5 10.7 4 4 9-9.4"/>',
    "unknown": ('<path d="M10 2.8 18 17H2z"/><path d="M8.5 9a1.6 1.6 0 1 1 2.3 1.5c-.6.3-.8.6-.8 1.2M10 14.3v.1"/>'),
    "stamp": '<path d="M4.5 2.8h11v14.4h-11zM7.5 6.5h5M7.5 9.5h5M7.5 13.8l1.3 1.2 2.7-2.7"/>',
    "lock": '<path d="M4.5 9h11v8h-11zM7 9V6.5a3 3 0 0 1 6 0V9"/>',
    "masked": (
        '<path d="M2.5 10S5.3 5.3 10 5.3c1.2 0 2.2.3 3.2.7M17.5 10s-.9 1.5-2.5 2.9'
        'M12.5 14.3c-.8.3-1.6.4-2.5.4-2.2 0-4-1-5.3-2.2M3.5 16.5l13-13"/>'
    ),
    "search": '<circle cx="8.7" cy="8.7" r="5.2"/><path d="m12.7 12.7 4.5 4.5"/>',
    "clock": '<circle cx="10" cy="10" r="7"/><path d="M10 5.8V10l2.8 2"/>',
    "folder": '<path d="M2.5 5h5l1.5 2h8.5v8.5h-15z"/>',
    "trivial": '<circle cx="10" cy="10" r="6.7" stroke-dasharray="2.6 2.6"/><path d="M7.5 10h5"/>',
    "shield": (
        '<path d="m10 2.5 6.2 2.2v4.6c0 4-2.7 6.5-6.2 8.2-3.5-1.7-6.2-4.2-6.2-8.2V4.7z"/><path d="M7.3 10h5.4"/>'
    ),
    "print": '<path d="M6 7V3h8v4M6 14H3V7h14v7h-3M6 11.5h8V17H6z"/>',
    "down-file": '<path d="M10 3v10M5.8 9l4.2 4.2L14.2 9M4 17h12"/>',
    "mail": '<path d="M2.5 5h15v10.5h-15zM3 5.5l7 5.5 7-5.5"/>',
    "attach": (
        '<path d="m15.6 9.4-5.7 5.7a3.6 3.6 0 0 1-5.1-5.1l6-6a2.4 2.4 0 0 1 3.4 3.4l-5.8 5.8a1.2 1.2 0 0 1-1.7-1.7l5.2-5.2"/>'
    ),
    "note": '<path d="M3.5 3.5h13v9l-4 4h-9zM12.5 16.5v-4h4M6.5 7h7M6.5 10h4"/>',
    "flag": '<path d="M5 17.5v-15M5 3.5h10.5l-2.3 3.3 2.3 3.2H5"/>',
    "link": (
        '<path d="M8.6 11.4a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1.2 1.2'
        'M11.4 8.6a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1.2-1.2"/>'
    ),
    "globe": (
        '<circle cx="10" cy="10" r="7.2"/>'
        '<path d="M2.8 10h14.4M10 2.8c2.1 2 3 4.4 3 7.2s-.9 5.2-3 7.2c-2.1-2-3-4.4-3-7.2s.9-5.2 3-7.2z"/>'
    ),
    "out": '<path d="M16.8 3.2 2.8 8.4l5.4 2.9 3.4 5.5zM8.2 11.3l4-3.8"/>',
    "warning": '<path d="M10 2.8 18 17H2z"/><path d="M10 8v4.2M10 14.6v.1"/>',
    "trash": '<path d="M3.5 5.5h13M7.5 5.5v-2h5v2M5.2 5.5l.8 11.5h8l.8-11.5M8.4 8.5v5.5M11.6 8.5v5.5"/>',
    "undo": '<path d="M6.5 3.5 3 7l3.5 3.5M3 7h8.5a4.8 4.8 0 0 1 0 9.6H7"/>',
    "close": '<path d="m4.5 4.5 11 11M15.5 4.5l-11 11"/>',
    "no": '<circle cx="10" cy="10" r="6.8"/><path d="m5.5 14.5 9-9"/>',
    "box": '<path d="M2.8 4h14.4v3.6H2.8zM4 7.6h12V16.5H4zM8 10.8h4"/>',
    "left": '<path d="M12.5 4.5 7 10l5.5 5.5"/>',
    "right": '<path d="m7.5 4.5 5.5 5.5-5.5 5.5"/>',
    "out-link": '<path d="M8 4H4v12h12v-4M11.5 3.5h5v5M16.5 3.5 9 11"/>',
    "keyboard": '<path d="M2 5.5h16v9H2zM5 8.5h.1M8.3 8.5h.1M11.6 8.5h.1M15 8.5h.1M6.5 11.7h7"/>',
}
"""Name → the inside of an `<svg viewBox="0 0 20 20">`."""
