"""Core's own pages."""

from django.urls import path

from torget.core.views.components import components
from torget.core.views.health import alive, health, ready

app_name = "core"
urlpatterns = [
    path("components/", components, name="components"),
    path("halsa/", health, name="health"),
    path("halsa/redo/", ready, name="ready"),
    path("halsa/lever/", alive, name="alive"),
]
