"""Addresses of team."""

from django.urls import path

from torget.team.views import notices, replies, shifts

app_name = "team"
urlpatterns = [
    path("disk/svarsmallar/", replies.replies, name="replies"),
    path("disk/svarsmallar/ny/", replies.new_reply, name="new_reply"),
    path("disk/svarsmallar/<int:pk>/", replies.change_reply, name="change_reply"),
    path("disk/svarsmallar/<int:pk>/bort/", replies.remove_reply, name="remove_reply"),
    path("disk/vyer/", replies.save_view, name="save_view"),
    path("disk/vyer/<int:pk>/bort/", replies.remove_view, name="remove_view"),
    path("disk/notiser/", notices.notices, name="notices"),
    path("disk/notiser/lasta/", notices.mark_all_read, name="mark_all_read"),
    path("disk/notiser/installningar/", notices.preferences, name="preferences"),
    path("disk/schema/", shifts.shifts, name="shifts"),
    path("disk/schema/ny/", shifts.add_shift, name="add_shift"),
    path("disk/schema/<int:pk>/bort/", shifts.remove_shift, name="remove_shift"),
]
