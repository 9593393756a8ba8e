"""Addresses of archive packages."""

from django.urls import path

from torget.archive import views

app_name = "archive"
urlpatterns = [
    path("disk/arkiv/", views.cases, name="cases"),
    path("disk/arkiv/arende/<int:pk>/", views.case, name="case"),
    path("disk/arkiv/arende/<int:pk>/gor/", views.make, name="make"),
    path("disk/arkiv/paket/<int:pk>/", views.package, name="package"),
    path("disk/arkiv/paket/<int:pk>/hamta/", views.fetch, name="fetch"),
    path("disk/arkiv/paket/<int:pk>/ta-bort/", views.take_away, name="take_away"),
]
