"""Addresses of the results."""

from django.urls import path

from torget.results import views

app_name = "results"
urlpatterns = [
    path("", views.index, name="index"),
    path("siffror.csv", views.figures, name="figures"),
]
