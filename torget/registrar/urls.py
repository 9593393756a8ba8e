"""Addresses of the registrar's work, under /disk/."""

from django.urls import URLPattern

app_name = "registrar"
urlpatterns: list[URLPattern] = []
