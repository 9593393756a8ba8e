"""What is stored of archive packages: who asked for which, how far it has come, and where the ready one lies."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.archive.rules import Csip, Erms, State
from torget.organisations.rules import Right
from torget.register.models import Case, Record

if TYPE_CHECKING:
    from torget.organisations.models import User


class PackageQuerySet(models.QuerySet[Any]):
    """Reads of packages."""

    def visible_to(self, user: "User") -> Self:
        """A package holds all of a case, secret or not: those who classify records see packages."""
        return self if user.may(Right.CLASSIFY) else self.none()


class Package(models.Model):
    """A package that somebody asked for; a worker makes it under a lease, and its file lies in TORGET_HOME/arkivpaket."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="packages")
    csip = models.CharField(max_length=5, choices=[(one.value, one.value) for one in Csip])
    erms = models.CharField(max_length=5, choices=[(one.value, one.value) for one in Erms])
    state = models.CharField(
        max_length=8, default=State.ASKED.value, choices=[(one.value, one.value) for one in State]
    )  # fmt: skip
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # How far it has come, for the page.
    records_done = models.PositiveIntegerField(default=0)
    records_total = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    # Of the ready package.
    filename = models.CharField(max_length=90, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    withheld = models.PositiveIntegerField(default=0)
    # SHA-256 of its METS.xml, which pins every other file in it; the journal's entry of the package has it too.
    mets_sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    objects = PackageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state=State.READY.value)
                | (~Q(filename="") & ~Q(mets_sha256="") & Q(made_at__isnull=False)),
                name="ready_package_has_a_file",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.FAILED.value) | ~Q(problem=""), name="failed_package_says_why"
            ),
            # Asked for twice while it is being made is one package.
            models.UniqueConstraint(
                fields=["case", "csip", "erms"],
                condition=Q(state__in=[State.ASKED.value, State.DOING.value]),
                name="one_package_in_hand",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(state__in=[State.ASKED.value, State.DOING.value]), name="package_in_hand"
            ),
            models.Index(fields=["case", "-id"], name="package_of_case"),
        ]

    @property
    def ref(self) -> str:
        """How the journal names this package."""
        return f"package:{self.pk}"

    @property
    def in_hand(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in (State.ASKED, State.DOING)


class Beside(models.Model):
    """A record of another case whose words lie in a package, in a delivery that was public when the package was made.

    When it is so no more, the package is made anew without that delivery.
    """

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="beside")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["package", "record"], name="a_record_lies_beside_once"),
        ]
