"""How far the set-up has come, read from what is there."""

from django.urls import reverse
from django.utils.translation import gettext as _

from torget.conversations.models import Account
from torget.organisations.cards import Card
from torget.organisations.models import Invitation, Organisation, Unit, UnitCost, User
from torget.setup.models import Mark
from torget.setup.rules import guide
from torget.setup.rules.guide import Standing, Step


def seen() -> set[Step]:
    """The steps of which the outcome is in the database, whoever did it and where."""
    organisation = Organisation.current()
    there = {
        Step.LOOK: bool(organisation.colour or organisation.logo_id or organisation.icon_id),
        Step.AUTHORITIES: Unit.objects.exists(),
        Step.STAFF: Invitation.objects.exists() or User.objects.count() > 1,
        Step.CHANNELS: Account.objects.exclude(state=Account.OFF).exists(),
        Step.COSTS: UnitCost.objects.filter(is_default=False).exists(),
        Step.RETENTION: bool(organisation.retention_mandate),
        Step.TEXTS: bool(organisation.texts),
    }
    return {step for step, is_there in there.items() if is_there}


def marks() -> dict[str, str]:
    """What people have said of the steps."""
    return dict(Mark.objects.values_list("step", "state"))


def standings() -> dict[Step, Standing]:
    """Each step and how it stands."""
    return guide.standings(seen(), marks())


def is_finished() -> bool:
    """Whether the guide has been put away."""
    return Mark.objects.filter(step=guide.FINISHED).exists()


def card() -> Card | None:
    """The guide on the settings' page, until it is put away."""
    if is_finished():
        return None
    found = standings()
    left = sum(standing is Standing.OPEN for standing in found.values())
    done = _("%(done)s av %(all)s steg är klara eller hoppade över.") % {"done": len(found) - left, "all": len(found)}
    return Card(_("Kom igång"), done, reverse("setup:guide"), _("Fortsätt där du slutade"))
