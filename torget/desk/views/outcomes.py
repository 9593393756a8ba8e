"""What becomes of answers: approve, want a change, take back, send now, look in the channel, say what happened."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import actions, permissions
from torget.conversations.models import Conversation, Message, Outbox
from torget.conversations.rules import Sending
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.paging import read_key
from torget.desk.views import colleagues
from torget.desk.views.deeds import attempt, done
from torget.desk.views.showing import show_anew
from torget.desk.words import refusal
from torget.team import actions as team
from torget.team import rules
from torget.team.models import Approval, SavedReply


def _asking(conversation: Conversation, pk: int) -> Approval:
    found = Approval.objects.select_related("conversation").filter(pk=pk, conversation=conversation).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allow(permissions.can_see, Conversation, extra=("pk",))
def approve(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Approve a colleague's answer and send it; who may is asked of the asking itself."""
    asking, seen = _asking(conversation, pk), read_key(request.POST.get("seen", ""))
    try:
        team.approve(asking, seen=-1 if seen is None else seen, by=request.user)
    except Refused as refused:
        return show_anew(request, conversation, status=409, refused=refusal(refused))
    return done(request, conversation, _("Godkänt. Svaret går ut. Avsändare: %(name)s.") % {"name": asking.author.name})


@require_POST
@allow(permissions.can_see, Conversation, extra=("pk",))
def want_change(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Say what should be changed in a colleague's answer."""
    asking, words = _asking(conversation, pk), request.POST.get("ord", "")
    says = _("%(name)s får veta vad du vill ändra.") % {"name": asking.author.first_name}
    return attempt(
        request, conversation, lambda: team.want_change(asking, words=words, by=request.user), says, "#samtal"
    )


@require_POST
@allow(permissions.can_reply, Conversation, extra=("pk",))
def withdraw_asking(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Take one's own asking back."""
    asking = _asking(conversation, pk)
    return attempt(request, conversation, lambda: team.withdraw_asking(asking, by=request.user), "", "#svara")


def _message(conversation: Conversation, pk: int) -> Message:
    related = ("record", "conversation", "outbox")
    found = conversation.messages.filter(direction=Message.OUT, pk=pk).select_related(*related).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allow(permissions.can_reply, Conversation, extra=("pk",))
def take_back(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Take back an answer that has not left."""
    message = _message(conversation, pk)
    says = _("Svaret är tillbaka som utkast. Inget gick ut.")
    return attempt(request, conversation, lambda: team.take_back(message, by=request.user), says, "#svara")


@require_POST
@allow(permissions.can_reply, Conversation, extra=("pk",))
def send_now(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Let an answer that rests leave at once."""
    message = _message(conversation, pk)
    says = _("Svaret går ut nu.")
    return attempt(request, conversation, lambda: actions.send_at_once(message, by=request.user), says, "#samtal")


def _outbox(conversation: Conversation, pk: int) -> Outbox:
    related = ("account", "message__record", "message__conversation")
    found = Outbox.objects.select_related(*related).filter(pk=pk, message__conversation=conversation).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allow(permissions.can_reply, Conversation, extra=("pk",))
def look(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Look in the channel for an answer of unknown outcome."""
    outbox = _outbox(conversation, pk)
    settled = actions.look_at_source(outbox, by=request.user)
    outbox.refresh_from_db()
    if settled and outbox.state == Sending.SENT:
        messages.success(request, _("Svaret finns i kanalen. Det gick ut en gång."))
    elif settled:
        messages.success(request, _("Svaret finns inte i kanalen och skickas igen."))
    else:
        messages.warning(request, _("Vi såg det inte i kanalen. Titta själv och säg hur det är."))
    return done(request, conversation)


@require_POST
@allow(permissions.can_reply, Conversation, extra=("pk",))
def decide(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Say whether an answer of unknown outcome went out."""
    outbox = _outbox(conversation, pk)
    answer = request.POST.get("gick_ut", "")
    if answer not in ("ja", "nej"):
        messages.error(request, _("Svara om det gick ut eller inte."))
        return done(request, conversation)
    went_out = answer == "ja"
    actions.decide_unknown(outbox, went_out=went_out, by=request.user)
    return done(request, conversation, _("Antecknat: det gick ut.") if went_out else _("Svaret skickas igen."))


@require_POST
@allow(permissions.can_reply, Conversation)
def use_reply(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Put a saved reply into the draft, after what is there; its fields are filled in."""
    key = request.POST.get("mall", "")
    replies = SavedReply.objects.visible_to(request.user)
    saved = replies.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() and len(key) < 18 else None
    if saved is None:
        messages.error(request, _("Välj en mall."))
        return done(request, conversation, anchor="#svara")
    filled = rules.fill(saved.text, colleagues.values(conversation, request.user))
    before = request.POST.get("text", "").replace("\r\n", "\n").rstrip()
    team.keep_draft(conversation, text=f"{before}\n\n{filled.text}".strip(), by=request.user)
    team.use_reply(saved)
    if filled.missing:
        fields = ", ".join(f"{{{name}}}" for name in filled.missing)
        messages.warning(request, _("Fyll i %(fields)s själv.") % {"fields": fields})
    return done(request, conversation, anchor="#svara")


@require_POST
@allow(permissions.can_reply, Conversation)
def revive_draft(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Take up again a draft that another answer had overtaken."""
    team.revive_draft(conversation, by=request.user)
    return done(request, conversation, _("Utkastet är framme igen. Läs det mot svaret som gick ut."), "#svara")
