"""Addresses of search."""

from django.urls import path

from torget.search import views

app_name = "search"
urlpatterns = [
    path("disk/sok/", views.find, name="find"),
]
