"""Addresses of the organisation's pages."""

from django.urls import path

from torget.organisations.views import public, settings

app_name = "organisations"
urlpatterns = [
    path("kanaler/", public.accounts, name="accounts"),
    path("forsta-start/", public.first_start, name="first_start"),
    path("installningar/", settings.settings, name="settings"),
    path("installningar/arbete/", settings.change_work, name="change_work"),
    path("installningar/enhet/", settings.change_unit, name="change_unit"),
    path("installningar/myndighet/", settings.add_authority, name="add_authority"),
    path("installningar/stangt/", settings.add_closed_day, name="add_closed_day"),
    path("installningar/stangt/<int:pk>/bort/", settings.remove_closed_day, name="remove_closed_day"),
    path("installningar/antagande/<slug:key>/", settings.change_cost, name="change_cost"),
]
