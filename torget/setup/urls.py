"""Addresses of setup."""

from django.urls import path, re_path

from torget.setup.views import guide, official, places, public, staff

app_name = "setup"
urlpatterns = [
    path("installningar/komigang/", guide.begin, name="guide"),
    path("installningar/komigang/avsluta/", guide.finish, name="finish"),
    path("installningar/komigang/provmejl/", guide.try_mail, name="try_mail"),
    path("installningar/komigang/<slug:step>/", guide.step, name="step"),
    path("installningar/komigang/<slug:step>/klart/", guide.mark, name="mark"),
    path("installningar/komigang/namnder/<slug:kind>/<int:pk>/", places.rename, name="rename"),
    path("installningar/komigang/namnder/<slug:kind>/<int:pk>/upp/", places.move_up, name="move_up"),
    path("installningar/medarbetare/", staff.staff, name="staff"),
    path("installningar/medarbetare/lista/", staff.several, name="several"),
    path("installningar/medarbetare/<int:pk>/", staff.member, name="member"),
    path("installningar/medarbetare/<int:pk>/stang-av/", staff.deactivate, name="deactivate"),
    path("installningar/medarbetare/inbjudan/<int:pk>/", staff.invitation, name="invitation"),
    path("installningar/vara-konton/", official.accounts, name="official"),
    path("installningar/vara-konton/<int:pk>/", official.account, name="official_account"),
    path("installningar/vara-konton/<int:pk>/bort/", official.remove, name="official_remove"),
    path("inbjudan/<str:secret>/", public.invited, name="invited"),
    path("utseende/farg.css", public.colour, name="colour"),
    re_path(r"^utseende/(?P<name>logotyp|ikon)\.webp$", public.picture, name="picture"),
]
