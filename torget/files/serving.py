"""Hand a file to a browser so that it can do no harm there: originals as a download, pictures re-encoded."""

from django.http import FileResponse, Http404

from torget.core.errors import Refused
from torget.files import actions, rules
from torget.files.models import Blob

# What keeps its type in a download; anything else is only octets, so that no browser gets ideas.
_OWN_TYPE = {*rules.RENDERED, "image/heic", "application/pdf", "text/plain", "text/calendar", "application/rtf"}
_OWN_TYPE_STARTS = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "audio/",
    "video/",
)


def respond(blob: Blob, *, filename: str, inline: bool = False, cache: str = "private, no-store") -> FileResponse:
    """The file as an answer: the original as a download, or with `inline` the picture that was made for showing.

    Who may see it is the caller's business. Http404 when there is no picture or the file is gone.
    `cache` is for pages that are public on purpose; what is not stays out of every cache.
    """
    name = rules.clean_filename(filename)
    given = blob.shown if inline else blob
    if given is None:
        raise Http404("not shown")
    if inline:
        name, media_type = f"{name.rpartition('.')[0] or name}.webp", given.media_type
    else:
        media_type = download_type(blob.media_type)
    try:
        body = actions.open_blob(given.sha256)
    except Refused:
        raise Http404("file missing") from None
    answer = FileResponse(body, as_attachment=not inline, filename=name, content_type=media_type)
    # Of a file on this machine it is known; of one that comes over a line it is what the row says.
    answer.headers.setdefault("Content-Length", str(given.size))
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = cache
    return answer


def download_type(media_type: str) -> str:
    """The type under which an original is sent."""
    return media_type if media_type in _OWN_TYPE or media_type.startswith(_OWN_TYPE_STARTS) else rules.OCTETS
