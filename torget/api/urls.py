"""Addresses of the API, under /api/v1/."""

from django.urls import path

from torget.api.views import programs, public

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
    path("<path:path>", public.nowhere, name="nowhere"),
]
