"""Addresses of running Torget, under /installningar/."""

from django.urls import URLPattern, path

from torget.operations.views import backups, erasures, health, witnesses

app_name = "operations"
urlpatterns: list[URLPattern] = [
    path("installningar/drift/", backups.backups, name="backups"),
    path("installningar/gallring/", erasures.erasures, name="erasures"),
    path("installningar/gallring/<int:pk>/", erasures.erase, name="erase"),
    path("installningar/gallring/<int:pk>/stopp/", erasures.hold, name="hold"),
    path("installningar/gallring/stopp/<int:pk>/hav/", erasures.lift, name="lift"),
    path("installningar/halsa/", health.health, name="health"),
    path("installningar/vittnen/", witnesses.witnesses, name="witnesses"),
    path("installningar/vittnen/fraga/", witnesses.look, name="witness_look"),
    path("installningar/vittnen/<int:pk>/bort/", witnesses.forget, name="witness_forget"),
    path("installningar/vittnen/<int:pk>/nyckel/", witnesses.trust, name="witness_trust"),
]
