"""Public addresses of the register."""

from django.urls import path

from torget.register.views import public_register

app_name = "register"
urlpatterns = [path("", public_register, name="public")]
