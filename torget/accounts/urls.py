"""Addresses of accounts."""

from django.urls import path, re_path

from torget.accounts.views import entering, log, own, residents, saml, settings

app_name = "accounts"
urlpatterns = [
    path("konto/oidc/", entering.start, name="oidc"),
    path("konto/oidc/klart/", entering.back, name="oidc_back"),
    path("konto/saml/", saml.start, name="saml"),
    path("konto/saml/svar/", saml.answer, name="saml_answer"),
    path("konto/saml/klart/", saml.done, name="saml_done"),
    path("konto/saml/metadata/", saml.metadata, name="saml_metadata"),
    # allauth's pages where people choose addresses for themselves: by its address a provider finds an account and its role.
    re_path(r"^konto/(?:confirm-)?email/.*$", entering.nowhere, name="no_addresses"),
    path("konto/inloggningar/", own.log_ins, name="log_ins"),
    path("konto/inloggningar/andra/", own.end_others, name="end_others"),
    path("konto/inloggningar/<int:pk>/avsluta/", own.end, name="end"),
    path("konto/inte-jag/<str:secret>/", own.not_me, name="not_me"),
    path("installningar/konton/", settings.overview, name="overview"),
    path("installningar/konton/regler/", settings.policy, name="policy"),
    path("installningar/konton/leverantor/<slug:purpose>/", settings.provider, name="provider"),
    path("installningar/konton/leverantor/<slug:purpose>/prova/", settings.test, name="test_provider"),
    path("installningar/konton/roller/", settings.role_rules, name="rules"),
    path("installningar/konton/medarbetare/<int:pk>/", settings.colleague, name="colleague"),
    path("installningar/konton/medarbetare/<int:pk>/avsluta/", settings.end_colleague, name="end_colleague"),
    path("installningar/konton/logg/", log.log, name="log"),
    path("installningar/konton/logg/logg.csv", log.log_csv, name="log_csv"),
    path("mina-arenden/", residents.ask, name="ask_cases"),
    path("mina-arenden/<str:secret>/", residents.cases, name="cases"),
    path("kvitto/<str:secret>/legitimera/", residents.identify, name="identify"),
    path("disk/<int:number>/legitimera/", residents.ask_identity, name="ask_identity"),
    path("disk/legitimation/<int:pk>/ta-tillbaka/", residents.withdraw, name="withdraw_identity"),
    path("disk/legitimation/<int:pk>/nummer/", residents.number, name="number"),
]
