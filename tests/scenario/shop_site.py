"""A small real site in Django: a shop with customers and orders, in three releases.

    write_release(app, 1)          # the tables, and some hundred orders
    write_procfile(app)            # for Heroku: web, worker, release
    app.commit("release 1")

Release 1 fills the tables; release 2 is good: it adds orders.paid, backfills it and reads it; release 3 is bad: its migration
deletes orders and renames the column that the code of release 2 reads, so that going back needs code and data.

/health answers {"release", "orders", "database"}, or 500 if the schema does not fit the code; /orders lists (GET) and inserts (POST).
"""
import textwrap

PYTHON = "/usr/bin/python3"
MIGRATE = f"{PYTHON} manage.py migrate --noinput"
ORDERS_AT_FIRST = 400        # what release 1 fills in
ORDERS_LOST = 100            # what the migration of release 3 deletes of them

SETTINGS = """
import os
from urllib.parse import parse_qs, unquote, urlsplit

if os.environ.get("DATABASE_URL"):
    url = urlsplit(os.environ["DATABASE_URL"])
    found = {"NAME": unquote(url.path[1:]), "USER": unquote(url.username or ""), "PASSWORD": unquote(url.password or ""),
             "HOST": url.hostname, "PORT": url.port or 5432, "OPTIONS": {key: values[-1] for key, values in parse_qs(url.query).items()}}
else:
    found = {name: os.environ.get("DATABASE_" + name, "") for name in ("NAME", "USER", "PASSWORD", "HOST")}
    found["PORT"] = os.environ.get("DATABASE_PORT") or 5432
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, **found}}
SECRET_KEY = os.environ.get("SECRET_KEY", "only for tests")
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "site_of_shop.wsgi.application"
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""

WSGI = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_shop.settings")
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""

MODELS = """
from django.db import models

RELEASE = "{release}"


class Customer(models.Model):
    name = models.CharField(max_length=80)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    total = models.BigIntegerField()
    {column}
"""

URLS = """
import json
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.urls import path
from shop.models import RELEASE, Customer, Order


def answer(view):
    def guarded(request):
        try:
            return view(request)
        except DatabaseError as error:
            return JsonResponse({"release": RELEASE, "error": str(error)}, status=500)
    return guarded


def health(request):
    orders = len(Order.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("select current_database()")
        return JsonResponse({"release": RELEASE, "orders": orders, "database": cursor.fetchone()[0]})


def orders(request):
    if request.method == "POST":
        wanted = json.loads(request.body or "{}")
        customer, _ = Customer.objects.get_or_create(name=wanted.get("customer", "a visitor"))
        order = Order.objects.create(customer=customer, total=wanted.get("total", 1))
        return JsonResponse({"id": order.id}, status=201)
    return JsonResponse({"orders": list(Order.objects.order_by("id").values())})


urlpatterns = [path("health", answer(health)), path("orders", answer(orders))]
"""

SERVE = """
import os, threading
from wsgiref.simple_server import WSGIRequestHandler, make_server
from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application


class Quiet(WSGIRequestHandler):
    def log_message(self, *ignored):
        pass


class Command(BaseCommand):
    requires_system_checks = []

    def handle(self, **options):
        server = make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application(), handler_class=Quiet)

        def work():   # threads that stay keep their connections to the database
            while True:
                server.handle_request()
        threading.Thread(target=work, daemon=True).start()
        work()
"""

WORK = """
import time
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from shop.models import Customer, Order


class Command(BaseCommand):
    requires_system_checks = []

    def handle(self, **options):
        while True:
            try:
                customer, _ = Customer.objects.get_or_create(name="the worker")
                Order.objects.create(customer=customer, total=2)
            except DatabaseError as error:
                self.stderr.write(str(error))
                connection.close()
            time.sleep(0.2)
"""

TABLES = """
from django.db import migrations, models


ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Customer", [ID, ("name", models.CharField(max_length=80))]),
        migrations.CreateModel("Order", [ID, ("total", models.BigIntegerField()),
                                         ("customer", models.ForeignKey("shop.Customer", on_delete=models.PROTECT))])]
"""

FILL = f"""
from django.db import migrations


def fill(apps, schema_editor):
    customer, order = apps.get_model("shop", "Customer"), apps.get_model("shop", "Order")
    customers = customer.objects.bulk_create(customer(name=f"customer {{i}}") for i in range(20))
    order.objects.bulk_create(order(total=i * 100, customer=customers[i % 20]) for i in range(1, {ORDERS_AT_FIRST} + 1))


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_tables")]
    operations = [migrations.RunPython(fill)]
"""

PAID = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_first_orders")]
    operations = [migrations.AddField("order", "paid", models.BooleanField(default=False)),
                  migrations.RunSQL("update shop_order set paid = total > 1000")]
"""

TIDY = f"""
from django.db import migrations


def tidy(apps, schema_editor):
    apps.get_model("shop", "Order").objects.filter(total__gt={(ORDERS_AT_FIRST - ORDERS_LOST) * 100}).delete()


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_paid")]
    operations = [migrations.RunPython(tidy), migrations.RenameField("order", "paid", "settled")]
"""

COLUMNS = {1: "", 2: "paid = models.BooleanField(default=False)", 3: "settled = models.BooleanField(default=False)"}
MIGRATIONS = {1: {"0001_tables": TABLES, "0002_first_orders": FILL}, 2: {"0003_paid": PAID}, 3: {"0004_tidy": TIDY}}


def write_release(app, number, name=None, extra=None):
    """Writes the code of a release and the migrations up to it. `name`: what /health says; `extra`: {path: text} of more files."""
    files = {"manage.py": MANAGE, "site_of_shop/__init__.py": "", "site_of_shop/settings.py": SETTINGS, "site_of_shop/wsgi.py": WSGI,
             "shop/__init__.py": "", "shop/models.py": MODELS.format(release=name or f"release {number}", column=COLUMNS[number]),
             "shop/urls.py": URLS, "shop/management/__init__.py": "", "shop/management/commands/__init__.py": "",
             "shop/management/commands/serve.py": SERVE, "shop/management/commands/work.py": WORK,
             "shop/migrations/__init__.py": "", ".gitignore": "__pycache__/\n"}
    for release in range(1, number + 1):
        files.update({f"shop/migrations/{migration}.py": text for migration, text in MIGRATIONS[release].items()})
    for path, text in {**files, **(extra or {})}.items():
        app.write(path, text.lstrip("\n"))


def write_procfile(app, release=MIGRATE, worker=True):
    """Heroku's processes. `release`: the command of the release phase, or None."""
    lines = [f"web: {PYTHON} manage.py serve"] + [f"worker: {PYTHON} manage.py work"] * worker + [f"release: {release}"] * bool(release)
    app.write("Procfile", "\n".join(lines) + "\n")


def write_ebextensions(app, command=MIGRATE, leader_only=True):
    """Elastic Beanstalk's way to migrate at a deployment."""
    app.write(".ebextensions/01_migrate.config", textwrap.dedent(f"""\
        container_commands:
          01_migrate:
            command: "{command}"
            leader_only: {str(leader_only).lower()}
        """))
