"""Addresses of moderation."""

from django.urls import path

from torget.moderation.views import public, staff, watch

app_name = "moderation"
urlpatterns = [
    path("anmal/", public.notice, name="notify"),
    path("moderering/", public.about, name="about"),
    path("moderering/beslut/<str:secret>/", public.decision, name="decision"),
    path("disk/moderering/anmalningar/", staff.notices, name="notices"),
    path("disk/moderering/anmalningar/<int:pk>/", staff.notice, name="notice"),
    path("disk/moderering/anmalningar/<int:pk>/beslut/", staff.decide_notice, name="decide_notice"),
    path("disk/moderering/invandningar/<int:pk>/", staff.complaint, name="complaint"),
    path("disk/moderering/invandningar/<int:pk>/beslut/", staff.decide_complaint, name="decide_complaint"),
    path("disk/<int:number>/moderera/<int:pk>/", staff.moderate, name="moderate"),
    path("disk/moderering/", staff.removals, name="removals"),
    path("disk/moderering/<int:pk>/utfall/", staff.outcome, name="outcome"),
    path("disk/moderering/<int:pk>/visa/", staff.undo, name="undo"),
    path("disk/moderering/<int:pk>/kopia/", staff.copy, name="copy"),
    path("disk/moderering/bevakning/", watch.watch, name="watch"),
    path("disk/moderering/bevakning/<int:pk>/tittat/", watch.looked, name="looked"),
    path("installningar/bevakning/", watch.intervals, name="intervals"),
    path("installningar/bevakning/<int:pk>/", watch.set_interval, name="set_interval"),
]
