"""Public addresses of the register."""

from django.urls import path, register_converter

from torget.register.views import files, public, staff


class Year:
    """A year in four figures."""

    regex = "[0-9]{4}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Four figures."""
        return f"{value:04d}"


class Number(Year):
    """A case's number: at least four figures, as it is written in the diary number."""

    regex = "[0-9]{1,9}"


class Prefix:
    """What an authority's numbers begin with."""

    regex = r"[^/\s]{1,8}"

    def to_python(self, value: str) -> str:
        """Itself."""
        return value.replace("\x00", "")

    def to_url(self, value: str) -> str:
        """Itself."""
        return value


register_converter(Year, "year")
register_converter(Number, "casenumber")
register_converter(Prefix, "prefix")

app_name = "register"
urlpatterns = [
    path("", public.public_register, name="public"),
    path("diarier/", public.registers, name="registers"),
    path("export/", staff.export, name="export"),
    path("flode.atom", files.feed, name="feed"),
    path("diarium.csv", files.table, name="table"),
    path("<prefix:prefix>/", public.public_register, name="authority"),
    path("<prefix:prefix>/flode.atom", files.feed, name="authority_feed"),
    path("<prefix:prefix>/diarium.csv", files.table, name="authority_table"),
    path("<prefix:prefix>/<year:year>/", public.by_number, name="year"),
    path("<prefix:prefix>/<year:year>/<casenumber:number>/", public.case, name="case"),
]
