"""What the page of one question holds, by the link and under log-in alike; and what is done from it."""

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.utils.functional import Promise

from torget.conversations.words import REFUSED as FILES_REFUSED
from torget.core.errors import Refused
from torget.experts import actions, reading, rules
from torget.experts.forms import AnswerForm, DeclineForm
from torget.experts.models import Answer, ExpertRequest, named
from torget.experts.words import REFUSED, duration
from torget.files import actions as files
from torget.files.models import Blob
from torget.files.rules import clean_filename
from torget.files.serving import respond
from torget.organisations.models import User


def words_of(refused: Refused) -> str | Promise:
    """The sentence for a refusal."""
    return REFUSED.get(refused.code) or FILES_REFUSED.get(refused.code) or refused.code


@dataclass(slots=True)
class Page:
    """The page of a question; `names` are the routes of this way in, `given` their arguments.

    `reader` is who is logged in; None: whoever has the link.
    """

    request: ExpertRequest
    names: dict[str, str]
    given: dict[str, Any]
    form: AnswerForm | None = None
    decline_form: DeclineForm = field(default_factory=DeclineForm)
    reader: User | None = None

    def context(self) -> dict[str, Any]:
        """What the template takes."""
        answer: Answer | None = getattr(self.request, "answer", None)
        names = reading.names_in(self.request.conversation)
        seen = answer.version if answer else 0
        if self.form is None:
            self.form = AnswerForm(initial={"text": answer.text if answer else "", "seen": seen})
        return {
            "asked": self.request,
            "asker_shown": named(self.request.asked_by.name, self.request.asked_by.title),
            "question": rules.masked(self.request.text, names),
            "along": reading.along(self.request, self.reader),
            "files": [
                {"pk": one.attachment_id, "name": one.attachment.filename, "size": one.attachment.blob.size}
                for one in reading.files_along(self.request, self.reader)
            ],
            "answer": answer,
            "answer_files": reading.files_of(answer, staff=False) if answer else [],
            "took": duration(answer.minutes) if answer else "",
            "outcome": reading.outcome_of(answer, self.reader),
            "said": reading.said_of(self.request, names),
            "form": self.form,
            "decline_form": self.decline_form,
            "names": self.names,
            "given": self.given,
            "staff": self.reader is not None,
        }


def give_file(request: ExpertRequest, key: int, reader: User | None = None) -> HttpResponseBase:
    """A file that went along, as it came; 404 where it did not, or `reader` (None: the link) may not read it."""
    found = reading.files_along(request, reader).filter(attachment=key).first()
    if found is None:
        raise Http404
    return respond(found.attachment.blob, filename=found.attachment.filename)


def take_answer(http: HttpRequest, request: ExpertRequest, *, by: User | None = None) -> tuple[AnswerForm, int]:
    """Take what was posted: the form and 303, or the form with what is wrong and its status. What was written is kept."""
    form = AnswerForm(http.POST, http.FILES)
    if not form.is_valid():
        return form, 400
    data = form.cleaned_data
    without = [
        int(key) for key in http.POST.getlist("ta_bort")[:20] if key.isascii() and key.isdecimal() and len(key) < 18
    ]
    try:
        actions.answer(
            request,
            text=data["text"],
            seen=data["seen"],
            files=[keep(file) for file in data["attachments"]],
            without=without,
            by=by,
        )
    except Refused as refused:
        about_files = refused.code in ("disk_full", "file_too_large", "too_many_files")
        form.add_error("attachments" if about_files else None, str(words_of(refused)))
        return again(form, request), 409
    return form, 303


def again(form: AnswerForm, request: ExpertRequest) -> AnswerForm:
    """The form once more, now with the version that there is: who has read the other's answer may send over it."""
    fresh = Answer.objects.filter(request=request).first()
    data = form.data.copy() if isinstance(form.data, QueryDict) else QueryDict(mutable=True)
    data["seen"] = str(fresh.version if fresh else 0)
    form.data = data
    return form


def keep(file: Any) -> tuple[Blob, str]:
    """An uploaded file, kept while it streams."""
    blob = files.keep_stream(file.chunks(), filename=file.name or "", media_type=file.content_type or "")
    return blob, clean_filename(file.name or "")
