"""Addresses of accessibility."""

from django.urls import path

from torget.accessibility import views

app_name = "accessibility"
urlpatterns = [
    path("tillganglighet/", views.statement, name="statement"),
    path("lattlast/", views.easy_index, name="easy_index"),
    path("lattlast/<slug:name>/", views.easy, name="easy"),
    path("installningar/tillganglighet/", views.settings, name="settings"),
    path("installningar/tillganglighet/brist/", views.add, name="add"),
    path("installningar/tillganglighet/brist/<int:pk>/bort/", views.remove, name="remove"),
]
