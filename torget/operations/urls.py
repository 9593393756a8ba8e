"""Addresses of running Torget, under /installningar/."""

from django.urls import URLPattern

app_name = "operations"
urlpatterns: list[URLPattern] = []
