"""Addresses of running Torget, under /installningar/."""

from django.urls import URLPattern, path

from torget.operations.views import health

app_name = "operations"
urlpatterns: list[URLPattern] = [
    path("installningar/halsa/", health.health, name="health"),
]
