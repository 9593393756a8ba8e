"""Addresses of the API, under /api/v1/, and of the pages where programs are connected, under /installningar/api/."""

from django.urls import path, re_path

from torget.api.views import programs, public, staff

app_name = "api"
urlpatterns = [
    path("", public.index, name="index"),
    path("openapi.json", public.openapi, name="openapi"),
    path("diarium", public.register, name="register"),
    path("diarium/<path:dnr>", public.number, name="number"),
    path("dialogues", public.dialogues, name="dialogues"),
    path("dialogues/<str:number>", public.dialogue, name="dialogue"),
    path("messages", programs.messages, name="messages"),
    path("messages/<str:key>", programs.message, name="message"),
    path("webhooks/<str:program>", programs.webhook, name="webhook"),
    path("results", programs.results, name="results"),
    path("results/days", programs.days, name="days"),
    # A line break is part of an address too, and <path:…> takes none.
    re_path(r"^(?P<path>(?s:.+))$", public.nowhere, name="nowhere"),
]
staff_patterns = [
    path("installningar/api/", staff.programs, name="programs"),
    path("installningar/api/<int:pk>/", staff.program, name="program"),
    path("installningar/api/<int:pk>/andra/", staff.change, name="change"),
    path("installningar/api/<int:pk>/nyckel/", staff.make_token, name="make_token"),
    path("installningar/api/<int:pk>/hemlighet/", staff.secret, name="secret"),
    path("installningar/api/<int:pk>/koppla-fran/", staff.retire, name="retire"),
    path("installningar/api/nyckel/<int:pk>/aterkalla/", staff.revoke_token, name="revoke_token"),
    path("installningar/api/webhook/<int:pk>/igen/", staff.send_again, name="send_again"),
]
