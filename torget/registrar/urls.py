"""Addresses of the registrar's work, under /disk/."""

from django.urls import path

from torget.registrar.views import cases, queue, records

app_name = "registrar"
urlpatterns = [
    path("disk/registrator/", queue.queue, name="queue"),
    path("disk/registrator/bekrafta/<int:pk>/", queue.confirm, name="confirm"),
    path("disk/registrator/flera/", queue.several, name="several"),
    path("disk/registrator/beslut/", queue.batches, name="batches"),
    path("disk/registrator/beslut/<int:pk>/angra/", queue.undo, name="undo"),
    path("disk/registrator/arenden/", cases.cases, name="cases"),
    path("disk/registrator/arenden/nytt/", cases.new_case, name="new_case"),
    path("disk/registrator/arenden/<int:pk>/", cases.case, name="case"),
    path("disk/registrator/arenden/<int:pk>/sla-ihop/", cases.merge, name="merge"),
    path("disk/registrator/arenden/<int:pk>/flytta/", cases.move, name="move"),
    path("disk/registrator/arenden/<int:pk>/lanka/", cases.link, name="link"),
    path("disk/registrator/arenden/<int:pk>/avsluta/", cases.close, name="close"),
    path("disk/registrator/arenden/<int:pk>/oppna/", cases.reopen, name="reopen"),
    path("disk/registrator/handling/<int:pk>/", records.record, name="record"),
    path("disk/registrator/handling/<int:pk>/ratta/", records.correct, name="correct"),
    path("disk/registrator/handling/<int:pk>/sekretess/", records.secrecy, name="secrecy"),
    path("disk/registrator/handling/<int:pk>/krets/", records.circle, name="circle"),
    path("disk/registrator/handling/<int:pk>/skydd/", records.protection, name="protection"),
    path("disk/registrator/bestammelser/", records.provisions, name="provisions"),
]
