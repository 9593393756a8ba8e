"""Addresses of experts: the links of letters, and the same for who is logged in."""

from django.urls import path

from torget.experts.views import public, staff

app_name = "experts"
urlpatterns = [
    path("expert/sida/<str:secret>/", public.worth, name="worth"),
    path("expert/sluta/<str:secret>/", public.stop, name="stop"),
    path("expert/<str:secret>/", public.link, name="link"),
    path("expert/<str:secret>/svara/", public.answer, name="link_answer"),
    path("expert/<str:secret>/fel-person/", public.decline, name="link_decline"),
    path("expert/<str:secret>/fil/<int:file>/", public.file, name="link_file"),
    path("disk/expert/min-sida/", staff.my_page, name="my_page"),
    path("disk/expert/min-sida/val/", staff.my_choice, name="my_choice"),
    path("disk/expert/fraga/<int:number>/", staff.ask, name="ask"),
    path("disk/expert/<int:pk>/", staff.show, name="request"),
    path("disk/expert/<int:pk>/svara/", staff.answer, name="answer"),
    path("disk/expert/<int:pk>/fel-person/", staff.decline, name="decline"),
    path("disk/expert/<int:pk>/fil/<int:file>/", staff.file, name="file"),
    path("disk/expert/<int:pk>/svarsfil/<int:file>/", staff.answer_file, name="answer_file"),
    path("disk/expert/<int:pk>/anvand/", staff.use, name="use"),
    path("disk/expert/<int:pk>/igen/", staff.resend, name="resend"),
    path("disk/expert/<int:pk>/aterkalla/", staff.revoke, name="revoke"),
]
