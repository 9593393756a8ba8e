"""Addresses of the journal, under /journal/."""

from django.urls import path

from torget.journal import views

app_name = "journal"
urlpatterns = [
    path("", views.index, name="index"),
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("nyckel", views.key, name="key"),
    path("verify.py", views.verifier, name="verifier"),
]
