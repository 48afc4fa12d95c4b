"""Settings, all of them: defaults serve the first run, environment variables serve a district."""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab

from core.keys import ensure_keys

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(environ.Env().str("VAR_DIR", str(BASE_DIR / "var")))
env = environ.Env()

# The embedded set-up keeps everything it makes (database, keys, uploads, queue) in one folder.
for folder in ("", "files", "broker", "results"):
    (VAR_DIR / folder).mkdir(parents=True, exist_ok=True)

DEMO_VILLAGES = env.bool("DEMO_VILLAGES", True)
DEBUG = env.bool("DEBUG", False)
PRODUCTION = env.bool("PRODUCTION", False)
# The launcher leaves a mark where it seeded a demo, so that manage.py sees there what the site sees.
DEMO = env.bool("DEMO", not PRODUCTION and (VAR_DIR / "demo").exists())
KEY_FILE = Path(env.str("KEY_FILE", str(VAR_DIR / "keys.json")))
SECRET_KEY = env.str("SECRET_KEY", "") or ensure_keys(KEY_FILE)["django"]
DATA_KEY = env.str("DATA_KEY", "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "core",
    "villages",
    "policies",
    "ledger",
    "contributions",
    "subsidies",
    "rewards",
    "desk",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "heroicons",
    "import_export",
    "rest_framework",
    "rest_framework.authtoken",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.plain_text.PlainCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.RequestNumberMiddleware",
    "core.middleware.NoStoreMiddleware",
    "core.middleware.WorkingDateMiddleware",
    "policies.middleware.HeldPoliciesMiddleware",
    "core.middleware.ErrorPageMiddleware",
    "core.plain_text.PlainTextMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "pension.urls"
WSGI_APPLICATION = "pension.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.page_frame",
            ],
            "builtins": ["core.templatetags.look", "django.templatetags.i18n"],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'pension.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN: two writers wait for each other instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "core.addresses.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_ENABLE_ACCESS_FAILURE_LOG = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "static_collected"))
STATICFILES_DIRS = [BASE_DIR / "static"]
# The first run serves static files from where they lie; a container collects them once, with hashed names.
WHITENOISE_USE_FINDERS = not (Path(STATIC_ROOT) / "staticfiles.json").exists()
STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
if env.bool("COLLECT_STATIC", False) or not WHITENOISE_USE_FINDERS:
    STATIC_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
FILES_ROOT = VAR_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
UPLOAD_MAX_UNPACKED_BYTES = 300 * 1024 * 1024
UPLOAD_MAX_ROWS = 120_000
# A larger file is judged, and a sheet of more rows written, by a worker: nobody waits long before a page.
IMPORT_NOW_BYTES = env.int("IMPORT_NOW_BYTES", 300_000)
IMPORT_NOW_ROWS = env.int("IMPORT_NOW_ROWS", 5_000)
# How long the judging or the writing of one sheet may be silent where the engine has one writer (SQLite).
IMPORT_QUIET_SECONDS = env.int("IMPORT_QUIET_SECONDS", 120)
UNDO_DAYS = 30
REQUEST_KEY_DAYS = 400

# One file broker serves a single machine; Redis serves several. The job row stays the truth on both.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "sweep-jobs": {"task": "core.sweep_jobs", "schedule": timedelta(seconds=10)},
    "clean-up": {"task": "core.clean_up", "schedule": crontab(hour=3, minute=30)},
    # Last year's rewards, as soon as they may be determined.
    "yearly-rewards": {
        "task": "rewards.compute_last_year",
        "schedule": crontab(month_of_year=1, day_of_month=2, hour=4, minute=0),
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULER = "core.heart.BeatingScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 10
HEART_DIR = Path(env.str("HEART_DIR", str(VAR_DIR)))
JOB_HEARTBEAT_SECONDS = 3
JOB_STALE_SECONDS = env.int("JOB_STALE_SECONDS", 15)
# Workers that may die over one job before it is left for a person to start again.
JOB_TRIES = 5
# Lines and accounts a transaction: short enough for clerks beside it and for a progress bar that moves.
POSTING_CHUNK_LINES = env.int("POSTING_CHUNK_LINES", 1_000)
INTEREST_CHUNK_ACCOUNTS = env.int("INTEREST_CHUNK_ACCOUNTS", 5_000)
RESULT_FILE_DAYS = 30

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "core.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "core.api.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "core.filters.PlaceFilterBackend",
    ],
    "EXCEPTION_HANDLER": "core.api_errors.answer_error",
    "DEFAULT_PARSER_CLASSES": [
        "core.parsers.JSONBody",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "集体补助工作台 API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "村集体补助参保缴费全过程。金额一律为整数分（*_fen），比率为百万分之几（*_ppm）。"
    "用法见 README 的 API 一节。",
    "SERVE_INCLUDE_SCHEMA": False,
    # Choices are written out where they are used: their names would only collide.
    "POSTPROCESSING_HOOKS": ["core.schema.document_refusals"],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("COOKIE_SECURE", PRODUCTION)
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
# How many proxies of our own stand before the server, each adding an address to X-Forwarded-For.
PROXY_HOPS = env.int("PROXY_HOPS", 1 if BEHIND_PROXY else 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"number": {"()": "core.logs.RequestNumberFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_number)s] %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["number"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}

# Ages that the poster of the two sums shows beside the one asked for.
POSTER_AGES = (25, 35, 45, 50)
