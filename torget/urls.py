"""All addresses. Swedish without a prefix, English under /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("torget.api.urls")),
    *i18n_patterns(
        path("", include("torget.conversations.urls")),
        path("diarium/", include("torget.register.urls")),
        path("journal/", include("torget.journal.urls")),
        path("resultat/", include("torget.results.urls")),
        path("disk/", include("torget.desk.urls")),
        path("", include("torget.team.urls")),
        path("", include("torget.search.urls")),
        path("", include("torget.experts.urls")),
        path("", include("torget.posts.urls")),
        path("", include("torget.moderation.urls")),
        path("", include("torget.archive.urls")),
        path("", include("torget.registrar.urls")),
        path("", include("torget.operations.urls")),
        path("", include("torget.accounts.urls")),
        path("", include("torget.accessibility.urls")),
        path("", include("torget.setup.urls")),
        path("", include("torget.opendata.urls")),
        path("", include("torget.api.staff_urls")),
        path("konto/", include("allauth.urls")),
        path("", include("torget.organisations.urls")),
        path("", include("torget.core.urls")),
        prefix_default_language=False,
    ),
]
