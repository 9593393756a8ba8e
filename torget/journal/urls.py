"""Addresses of the journal, under /journal/."""

from django.urls import path, re_path

from torget.journal import views

app_name = "journal"
urlpatterns = [
    path("", views.index, name="index"),
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("sigill/<int:size>", views.checkpoint_of, name="checkpoint_of"),
    path("sigill/<int:size>.tsr", views.stamp, name="stamp"),
    path("nyckel", views.key, name="key"),
    path("nycklar", views.keys, name="keys"),
    path("tile/<path:name>", views.tile, name="tile"),
    path("samma/", views.consistency, name="consistency"),
    path("samma.json", views.consistency_file, name="consistency_file"),
    path("vittnesnyckel", views.witness_key, name="witness_key"),
    re_path(r"^vittnesmal/(?P<origin>[0-9a-f]{16})$", views.statement, name="statement"),
    path("gaffel/<int:pk>.json", views.fork, name="fork"),
    path("verify.py", views.verifier, name="verifier"),
]
