"""Addresses of posts."""

from django.urls import path

from torget.posts.views import deeds, pages, plan

app_name = "posts"
urlpatterns = [
    path("disk/inlagg/", pages.calendar, name="calendar"),
    path("disk/inlagg/lista/", pages.listing, name="list"),
    path("disk/inlagg/nytt/", pages.new, name="new"),
    path("disk/inlagg/visa/", pages.preview, name="preview_new"),
    path("disk/inlagg/plan.csv", plan.table, name="table"),
    path("disk/inlagg/plan.ics", plan.download, name="download"),
    path("disk/inlagg/min-kalender/", plan.links, name="links"),
    path("disk/inlagg/min-kalender/andra/", plan.change_link, name="change_link"),
    path("disk/inlagg/<int:pk>/", pages.show, name="show"),
    path("disk/inlagg/<int:pk>/andra/", pages.edit, name="edit"),
    path("disk/inlagg/<int:pk>/visa/", pages.preview, name="preview"),
    path("disk/inlagg/<int:pk>/bild/<int:picture>/", pages.picture, name="picture"),
    path("disk/inlagg/<int:pk>/begar/", deeds.submit, name="submit"),
    path("disk/inlagg/<int:pk>/godkann/", deeds.approve, name="approve"),
    path("disk/inlagg/<int:pk>/tillbaka/", deeds.send_back, name="send_back"),
    path("disk/inlagg/<int:pk>/stoppa/", deeds.withdraw, name="withdraw"),
    path("disk/inlagg/<int:pk>/tid/", deeds.move, name="move"),
    path("disk/inlagg/<int:pk>/kopiera/", deeds.duplicate, name="duplicate"),
    path("disk/inlagg/<int:pk>/ta-bort/", deeds.delete, name="delete"),
    path("disk/inlagg/<int:pk>/hamta/", deeds.restore, name="restore"),
    path("disk/inlagg/<int:pk>/utfall/<int:delivery>/", deeds.decide, name="decide"),
    path("disk/inlagg/<int:pk>/titta/<int:delivery>/", deeds.look, name="look"),
    path("inlagg/kalender/<str:secret>.ics", plan.subscribed, name="subscribed"),
]
