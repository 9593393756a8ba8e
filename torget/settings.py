"""Settings: everything an operator may change comes from the environment and is listed in docs/where-things-live.md."""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url

from torget.core import logs
from torget.core.doctor import environment

BASE_DIR = Path(__file__).resolve().parent.parent
PACKAGE_DIR = Path(__file__).resolve().parent

# The data folder: database (when SQLite), files by content hash, keys, the demo's outgoing mail.
TORGET_HOME = Path(environment.text("TORGET_HOME", "var")).absolute()
# The address under which people reach this installation, without a trailing slash; used in mails and receipts.
TORGET_URL = environment.text("TORGET_URL", "http://127.0.0.1:8000").rstrip("/")
# The name of the journal in its checkpoints (C2SP tlog-checkpoint "origin").
TORGET_ORIGIN = environment.text("TORGET_ORIGIN", TORGET_URL.split("://", 1)[-1] + "/journal")
# How many messages one address may post by the open form in a minute, counted in memory only.
TORGET_POSTS_PER_MINUTE = environment.whole("TORGET_POSTS_PER_MINUTE", 12)
# Where holes in our security are told: mailto:, tel: or https:. Empty: the organisation's own e-mail address.
TORGET_SECURITY_CONTACT = environment.text("TORGET_SECURITY_CONTACT")
TORGET_API_PER_MINUTE = environment.whole("TORGET_API_PER_MINUTE", 120)
# Where files lie when not in TORGET_HOME: an object store (S3), by bucket. See torget.files.store.
TORGET_FILES_S3_BUCKET = environment.text("TORGET_FILES_S3_BUCKET")
TORGET_FILES_S3_ENDPOINT = environment.text("TORGET_FILES_S3_ENDPOINT")
TORGET_FILES_S3_REGION = environment.text("TORGET_FILES_S3_REGION", "eu-north-1")
TORGET_FILES_S3_KEY = environment.text("TORGET_FILES_S3_KEY")
TORGET_FILES_S3_SECRET = os.environ.get("TORGET_FILES_S3_SECRET", "")
TORGET_FILES_S3_PREFIX = environment.text("TORGET_FILES_S3_PREFIX", "files/")
# What several processes share and may lose at any time: rate limits, the cache, the desk's news. See torget.core.shared.
TORGET_REDIS_URL = environment.text("TORGET_REDIS_URL")
# Seconds between the signal to stop and the last request that is taken: so long a proxy has to look elsewhere.
TORGET_DRAIN_SECONDS = environment.whole("TORGET_DRAIN_SECONDS", 0)
# Hosts that may be asked for; loopback is always allowed so that the first start needs no setting.
TORGET_HOSTS = [host.strip() for host in environment.text("TORGET_HOSTS").split(",") if host.strip()]
# Mail out. Without a host, mails are written to a folder that `torget doctor` and the start name.
TORGET_MAIL_HOST = environment.text("TORGET_MAIL_HOST")
TORGET_MAIL_PORT = environment.whole("TORGET_MAIL_PORT", 25)
TORGET_MAIL_USER = environment.text("TORGET_MAIL_USER")
# A password is taken as it is given: a blank may be part of it.
TORGET_MAIL_PASSWORD = os.environ.get("TORGET_MAIL_PASSWORD", "")
TORGET_MAIL_TLS = environment.flag("TORGET_MAIL_TLS", False)
TORGET_MAIL_FROM = environment.text("TORGET_MAIL_FROM", "torget@localhost")

# Backups: the age key that they are sealed to (else keys/backup.pub), where the nightly ones go, how many days and weeks
# of them are kept, and whether the weekly trial restores with a key of its own.
TORGET_BACKUP_KEY = environment.text("TORGET_BACKUP_KEY")
TORGET_BACKUP_FOLDER = environment.text("TORGET_BACKUP_FOLDER")
TORGET_BACKUP_DAYS = environment.whole("TORGET_BACKUP_DAYS", 14)
TORGET_BACKUP_WEEKS = environment.whole("TORGET_BACKUP_WEEKS", 8)
TORGET_BACKUP_DRILL = environment.flag("TORGET_BACKUP_DRILL", True)


def _secret_key() -> str:
    """The installation's secret, made at first use and kept outside database and backup (mode 0600)."""
    path = TORGET_HOME / "keys" / "secret.key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        # The data folder first: with `parents` its mode would be whatever the user's mask leaves.
        TORGET_HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        # Made whole under a name of its own and then linked: two processes that start at once end with the same key.
        made = path.with_name(f"secret.{os.getpid()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
        return path.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = [*TORGET_HOSTS, TORGET_URL.split("://", 1)[-1].split(":")[0], "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [TORGET_URL]
SECURE = TORGET_URL.startswith("https://")
# Behind a proxy that speaks https, uvicorn reads X-Forwarded-Proto from loopback; Django then knows by wsgi.url_scheme.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
if SECURE:
    # A browser takes a cookie of such a name only from this very host, over https, for the whole of it (RFC 6265bis 4.1.3.2):
    # a neighbour under the organisation's domain can plant none.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-torget", "__Host-torget-csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# A log-in ends after so many minutes of nothing and so many hours of anything; 0: never. See torget.accounts.
TORGET_SESSION_IDLE_MINUTES = environment.whole("TORGET_SESSION_IDLE_MINUTES", 120)
TORGET_SESSION_HOURS = environment.whole("TORGET_SESSION_HOURS", 12)
SESSION_COOKIE_AGE = (TORGET_SESSION_HOURS or 24 * 14) * 3600
# How many days the log of accounts keeps from which address somebody logged in.
TORGET_LOGIN_ADDRESS_DAYS = environment.whole("TORGET_LOGIN_ADDRESS_DAYS", 30)
# Log-in by SAML (the extra `saml`): the provider's metadata as a file; with a key and a certificate of our own, requests
# are signed and answers may be sealed. See docs/rules/accounts.md.
TORGET_SAML_METADATA = environment.text("TORGET_SAML_METADATA")
TORGET_SAML_NAME = environment.text("TORGET_SAML_NAME")
TORGET_SAML_KEY = environment.text("TORGET_SAML_KEY")
TORGET_SAML_CERTIFICATE = environment.text("TORGET_SAML_CERTIFICATE")
TORGET_SAML_LOA = environment.text("TORGET_SAML_LOA")
# What is said once, after something was done, lies in the session: no third cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Security headers are set in one place: core.pages.HEADERS. Django's own middleware stands beside it, so that its
# checks (`check --deploy`) judge what is sent; these are the values that it asks for.
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.flag("TORGET_HSTS_SUBDOMAINS", True)
SILENCED_SYSTEM_CHECKS = [
    # Plain http is turned away by the proxy (deploy/), which is the one that hears it.
    "security.W008",
    # Whether all of a domain goes on the browsers' own list is for the owner of the domain, not for one program under it.
    "security.W021",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
CSRF_FAILURE_VIEW = "torget.core.views.csrf_failure"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "torget.core",
    "torget.journal",
    "torget.files",
    "torget.channels",
    "torget.organisations",
    "torget.people",
    "torget.register",
    "torget.conversations",
    "torget.team",
    "torget.search",
    "torget.experts",
    "torget.posts",
    "torget.moderation",
    "torget.archive",
    "torget.registrar",
    "torget.operations",
    "torget.accounts",
    "torget.accessibility",
    "torget.results",
    "torget.desk",
    "torget.setup",
    "torget.api",
    "torget.opendata",
    "torget.demo",
]
MIDDLEWARE = [
    "torget.core.requests.Observed",
    "torget.core.large.LargeType",
    "torget.core.pages.Headers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "torget.urls"
WSGI_APPLICATION = "torget.asgi.wsgi"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["torget.core.loader.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "torget.core.pages.context",
            ],
            "builtins": ["torget.core.templatetags.torget", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "torget.core.forms.KeptFields"
# Our templates override allauth's by name, so core is looked in before the other apps.
INSTALLED_APPS.insert(0, INSTALLED_APPS.pop(INSTALLED_APPS.index("torget.core")))


def _database() -> dict[str, Any]:
    """The database; one that nothing can be asked of where DATABASE_URL is none, so that the doctor can say so."""
    try:
        found = dj_database_url.parse(environment.text("DATABASE_URL") or f"sqlite:///{TORGET_HOME / 'torget.sqlite3'}")
    except ValueError:
        found = dj_database_url.DBConfig()
    known = found.get("ENGINE", "").rpartition(".")[2] in ("sqlite3", "postgresql")
    return {**found} if known else {"ENGINE": "django.db.backends.dummy"}


DATABASES: dict[str, dict[str, Any]] = {"default": _database()}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"].update(
        CONN_MAX_AGE=None,
        OPTIONS={
            # IMMEDIATE: a writer waits for its turn at the start instead of failing in the middle (Django >= 5.1).
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # FULL: what was acknowledged is there after a power cut (NORMAL can lose the last commits).
            # secure_delete: what was erased is written over in the file, on builds of SQLite too where that is not the default.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000; PRAGMA secure_delete=ON;",
        },
    )
elif not DATABASES["default"]["ENGINE"].endswith("dummy"):
    DATABASES["default"].update(
        CONN_MAX_AGE=0,
        # What the address says after its question mark (sslmode) stays.
        OPTIONS={**DATABASES["default"].get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 20, "timeout": 20}},
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
TIME_ZONE = "Europe/Stockholm"
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "torget.core.pages.VersionedStatic"},
}

AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "torget.organisations.passwords.LittleMore"},
    {"NAME": "torget.organisations.passwords.OwnWords"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:queue"
ACCOUNT_LOGOUT_REDIRECT_URL = "conversations:square"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "torget.accounts.adapter.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "torget.accounts.keys.Keys"
MFA_FORMS = {"add_webauthn": "torget.accounts.keys.AddKeyForm"}
MFA_TOTP_ISSUER = "Torget"
# Staff are made by the administrator, who knows their address; allauth need not verify it before TOTP can be set up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Torget: "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
_LOCAL = "django.core.cache.backends.locmem.LocMemCache"
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": _LOCAL, "OPTIONS": {"MAX_ENTRIES": 5000}},
    # HTML and words: never in Redis, which may be copied and forgets nothing that is taken back, and which we believe no page.
    "process": {"BACKEND": _LOCAL, "LOCATION": "process", "OPTIONS": {"MAX_ENTRIES": 5000}},
}
if TORGET_REDIS_URL:
    CACHES["default"]["BACKEND"] = "torget.core.cache.Shared"

DEFAULT_FROM_EMAIL = SERVER_EMAIL = TORGET_MAIL_FROM
MAIL_FOLDER = TORGET_HOME / "utgaende-post"
if TORGET_MAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = TORGET_MAIL_HOST, TORGET_MAIL_PORT
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = TORGET_MAIL_USER, TORGET_MAIL_PASSWORD
    EMAIL_USE_TLS = TORGET_MAIL_TLS
    EMAIL_TIMEOUT = 20
else:
    # By the mailbox that is connected in the browser, else into the folder.
    EMAIL_BACKEND = "torget.conversations.actions.ownmail.Mailbox"
    EMAIL_FILE_PATH = str(MAIL_FOLDER)

# Figures for the operator's monitoring on a port of their own; 0: off. See torget.operations.metrics.
TORGET_METRICS_PORT = environment.whole("TORGET_METRICS_PORT", 0)
TORGET_METRICS_HOST = environment.text("TORGET_METRICS_HOST", "127.0.0.1")
# One JSON object a line, or lines for people; and whether also what was only read is told: see core.logs, core.requests.
TORGET_LOG = environment.text("TORGET_LOG", "plain")
TORGET_LOG_REQUESTS = environment.flag("TORGET_LOG_REQUESTS", False)
LOGGING = logs.config(TORGET_LOG)
