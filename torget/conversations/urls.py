"""Public addresses of conversations."""

from django.urls import path

from torget.conversations.views import connect_new, connecting, order, public, receipt, websub

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
    path("installningar/kanaler/", connecting.accounts, name="channels"),
    path("installningar/kanaler/<int:pk>/", connecting.account, name="channel"),
    path("installningar/kanaler/<int:pk>/prova/", connecting.look, name="channel_look"),
    path("installningar/kanaler/<int:pk>/koppla-fran/", connecting.disconnect, name="channel_off"),
    path("installningar/kanaler/lucka/<int:pk>/", connecting.gap, name="channel_gap"),
    path("installningar/kanaler/ny/<slug:channel>/", connect_new.begin, name="connect"),
    path("installningar/kanaler/provat/", connect_new.tried, name="tried"),
    path("installningar/kanaler/anslut/", connect_new.connect, name="connect_now"),
    path("installningar/kanaler/mastodon/", connect_new.mastodon_way, name="mastodon_way"),
    path("installningar/kanaler/mastodon/tillbaka/", connect_new.mastodon_back, name="mastodon_back"),
    path("installningar/kanaler/mastodon/kod/", connect_new.mastodon_code, name="mastodon_code"),
    path("installningar/ordning/", order.order, name="order"),
    path("websub/<int:pk>/<str:token>/", websub.websub, name="websub"),
]
