"""Public addresses of conversations."""

from django.urls import path

from torget.conversations.views import public, receipt

app_name = "conversations"
urlpatterns = [
    path("", public.square, name="square"),
    path("skriv/", public.write, name="write"),
    path("samtal/<int:number>/", public.conversation, name="conversation"),
    path("kvitto/<str:secret>/", receipt.receipt, name="receipt"),
    path("kvitto/<str:secret>/hjalpte/", receipt.helped, name="helped"),
    path("kvitto/<str:secret>/tack/", receipt.thanks, name="thanks"),
    path("kvitto/<str:secret>/bevis.json", receipt.proof, name="proof"),
    path("kvitto/<str:secret>/fil/<int:pk>/", receipt.attachment, name="attachment"),
]
