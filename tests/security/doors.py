"""The table of who may open which address: read from doors.txt and from the permissions in docs/where-things-live.md."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.architecture import source
from torget.accounts.models import IdentityRequest
from torget.api.models import Delivery, Program, Token
from torget.archive.models import Package
from torget.conversations.models import Account, Conversation, Gap, Quarantined
from torget.experts.models import ExpertRequest
from torget.moderation.models import Complaint, Notice, Removal
from torget.organisations.models import ClosedDay, Invitation, OfficialAccount, User
from torget.organisations.rules import Role
from torget.posts.models import Post
from torget.register.models import Case, Hold, Record
from torget.registrar.models import Batch
from torget.team.models import SavedReply, SavedView, Shift

TABLE = Path(__file__).with_name("doors.txt")
DOCUMENT = source.ROOT / "docs" / "where-things-live.md"
ROLES = (Role.COMMUNICATOR, Role.EXPERT, Role.APPROVER, Role.REGISTRAR, Role.MANAGER, Role.ADMINISTRATOR)
OPEN = ("anyone", "link", "account")

# Address (how it begins) → the model that its first number names. Conversations are named by `number`.
MODELS: dict[str, Any] = {
    "/disk/arkiv/arende/": Case,
    "/disk/arkiv/paket/": Package,
    "/disk/expert/": ExpertRequest,
    "/disk/inlagg/": Post,
    "/disk/karantan/": Quarantined,
    "/disk/moderering/anmalningar/": Notice,
    "/disk/moderering/bevakning/": Account,
    "/disk/moderering/invandningar/": Complaint,
    "/disk/moderering/": Removal,
    "/disk/registrator/arenden/": Case,
    "/disk/registrator/bekrafta/": Record,
    "/disk/registrator/beslut/": Batch,
    "/disk/registrator/handling/": Record,
    "/disk/schema/": Shift,
    "/disk/svarsmallar/": SavedReply,
    "/disk/vyer/": SavedView,
    "/installningar/bevakning/": Account,
    "/installningar/gallring/": Record,
    "/installningar/gallring/stopp/": Hold,
    "/installningar/kanaler/": Account,
    "/installningar/kanaler/lucka/": Gap,
    "/installningar/stangt/": ClosedDay,
    "/installningar/api/": Program,
    "/installningar/api/nyckel/": Token,
    "/installningar/api/webhook/": Delivery,
    "/installningar/konton/medarbetare/": User,
    "/installningar/medarbetare/": User,
    "/installningar/medarbetare/inbjudan/": Invitation,
    "/installningar/vara-konton/": OfficialAccount,
    "/disk/legitimation/": IdentityRequest,
}
# Allowed, and yet 404: what is asked of is not there for this one, each for a reason of its own.
NOT_THERE = {
    "/disk/expert/min-sida/val/": "who was never asked has no letters to choose",
    "/disk/registrator/beslut/<int:pk>/angra/": "one undoes one's own batches",
    "/konto/inloggningar/<int:pk>/avsluta/": "one ends one's own log-ins",
    "/disk/legitimation/<int:pk>/nummer/": "nobody has shown who they are yet",
    "/disk/legitimation/<int:pk>/ta-tillbaka/": "it may have been answered already",
}
# Refused by 404 and not by 403: that the thing exists is not told either.
HIDDEN = (
    "/disk/arkiv/paket/",
    "/installningar/api/<",
    "/installningar/api/nyckel/",
    "/installningar/api/webhook/",
)
WORDS = {
    "channel": "mastodon",
    "key": "reception",
    "secret": "A" * 43,
    "token": "A" * 22,
    "prefix": "KS",
    "year": "2026",
    "step": "oppettider",
    "purpose": "staff",
}


@dataclass(frozen=True, slots=True)
class Door:
    """An address as it stands in urls.py, and who may open it."""

    address: str
    who: str

    @property
    def is_staff(self) -> bool:
        """Whether it is for staff with a permission."""
        return self.who not in OPEN

    @property
    def has_second(self) -> bool:
        """Whether it names a second thing within the first: that one is not made, so 404 is an answer too."""
        return self.address.count("<") > 1

    def filled(self) -> str:
        """The address of something that is there."""
        address = re.sub(r"[\^$]|\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "", self.address)
        parts = re.findall(r"<(?:(\w+):)?(\w+)>", address)
        for place, (kind, name) in enumerate(parts):
            address = re.sub(rf"<(?:\w+:)?{name}>", self._value(kind, name, place), address, count=1)
        return address

    def _value(self, kind: str, name: str, place: int) -> str:
        if name in WORDS:
            return WORDS[name]
        if name == "number" and self.address.startswith(("/disk/", "/samtal/")):
            return str(Conversation.objects.order_by("pk").values_list("number", flat=True)[0])
        if kind == "int" and place == 0:
            fitting = [prefix for prefix in MODELS if self.address.startswith(prefix)]
            if fitting:
                return str(MODELS[max(fitting, key=len)]._base_manager.order_by("pk").values_list("pk", flat=True)[0])
        return "1"


def table() -> list[Door]:
    """All rows, in order."""
    lines = (line.strip() for line in TABLE.read_text(encoding="utf-8").splitlines())
    rows = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return [Door(address, who) for address, who in rows]


def permissions() -> dict[str, dict[Role, bool]]:
    """`module.can_x` → role → yes or no, as the documentation tells people."""
    found: dict[str, dict[Role, bool]] = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 1 + len(ROLES) or not set(cells[1:]) <= {"yes", "no"}:
            continue
        module = re.match(r"`(\w+)\.permissions\.", cells[0])
        if module is None:
            # "the same, when …": a row that the predicate's own test holds.
            continue
        given = {role: cell == "yes" for role, cell in zip(ROLES, cells[1:], strict=True)}
        for name in re.findall(r"`(?:\w+\.permissions\.)?(can_\w+)`", cells[0]):
            found.setdefault(f"{module[1]}.{name}", given)
    return found
