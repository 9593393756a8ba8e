"""Addresses of the desk."""

from django.urls import path

from torget.desk.views import deeds, pages

app_name = "desk"
urlpatterns = [
    path("", pages.queue, name="queue"),
    path("karantan/", pages.quarantine, name="quarantine"),
    path("karantan/<int:pk>/", deeds.quarantined, name="quarantined"),
    path("karantan/<int:pk>/fil/", pages.raw, name="raw"),
    path("<int:number>/", pages.conversation, name="conversation"),
    path("<int:number>/ta/", deeds.take, name="take"),
    path("<int:number>/lamna/", deeds.release, name="release"),
    path("<int:number>/utkast/", deeds.draft, name="draft"),
    path("<int:number>/svara/", deeds.reply, name="reply"),
    path("<int:number>/anteckna/", deeds.note, name="note"),
    path("<int:number>/vanta/", deeds.wait, name="wait"),
    path("<int:number>/avsluta/", deeds.close, name="close"),
    path("<int:number>/oppna/", deeds.reopen, name="reopen"),
    path("<int:number>/publicera/", deeds.publish, name="publish"),
    path("<int:number>/kvitto/", deeds.make_receipt, name="make_receipt"),
    path("<int:number>/klassa/<int:pk>/", deeds.classify, name="classify"),
    path("<int:number>/sekretess/<int:pk>/", deeds.secrecy, name="secrecy"),
    path("<int:number>/utfall/<int:pk>/", deeds.decide, name="decide"),
    path("<int:number>/fil/<int:pk>/", pages.attachment, name="attachment"),
]
