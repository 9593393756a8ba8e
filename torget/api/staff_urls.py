"""Addresses of the pages where programs are connected, under /installningar/api/."""

from django.urls import path

from torget.api.views import staff

app_name = "api_staff"
urlpatterns = [
    path("installningar/api/", staff.programs, name="programs"),
    path("installningar/api/<int:pk>/", staff.program, name="program"),
    path("installningar/api/<int:pk>/andra/", staff.change, name="change"),
    path("installningar/api/<int:pk>/nyckel/", staff.make_token, name="make_token"),
    path("installningar/api/<int:pk>/hemlighet/", staff.secret, name="secret"),
    path("installningar/api/<int:pk>/koppla-fran/", staff.retire, name="retire"),
    path("installningar/api/nyckel/<int:pk>/aterkalla/", staff.revoke_token, name="revoke_token"),
    path("installningar/api/webhook/<int:pk>/igen/", staff.send_again, name="send_again"),
]
