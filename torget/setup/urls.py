"""Addresses of setup."""

from django.urls import URLPattern

app_name = "setup"
urlpatterns: list[URLPattern] = []
