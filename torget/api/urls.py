"""Addresses of the API, under /api/v1/."""

from django.urls import path

from torget.api import views

app_name = "api"
urlpatterns = [
    path("", views.index, name="index"),
    path("openapi.json", views.openapi, name="openapi"),
    path("diarium", views.register, name="register"),
    path("diarium/<path:dnr>", views.number, name="number"),
    path("<path:path>", views.nowhere, name="nowhere"),
]
