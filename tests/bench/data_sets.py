"""The databases that restore points are measured on, each alone on a PostgreSQL of its own behind a private socket."""
import os

from world import Bench, Cluster

SETTINGS = {"fsync": "on", "shared_buffers": "256MB", "maintenance_work_mem": "128MB", "max_wal_size": "4GB"}


class PrivateCluster(Cluster):
    """Nothing of it is left if it cannot be started."""

    def __init__(self, settings):
        try:
            super().__init__(settings)
        except BaseException:
            if hasattr(self, "root"):
                self.close()
            raise

    def url(self, database="postgres", user="postgres"):
        return f"postgres://{user}@/{database}?host={self.root}&port={self.port}"


class DataSet(Bench):
    settings = "\n".join(f"{name}={value}" for name, value in SETTINGS.items())

    @classmethod
    def setUpClass(cls):
        cls.cluster = PrivateCluster(cls.settings)
        try:
            cls.cluster.sql(f"create role {cls.owner} login createdb; grant pg_signal_backend to {cls.owner}; create role shop_app login")
        except BaseException:
            cls.cluster.close()
            raise

    def fill(self):
        super().fill()
        self.app.migration("0001_nothing", "select 1")

    def url(self, database=None):
        return self.cluster.url(database or self.database, self.owner)

    def settle(self):
        """What one contender left to be written is not paid for by the next."""
        self.cluster.sql("checkpoint")
        os.sync()

    def widest_row(self):
        """Octets."""
        tables = self.sql("select oid::regclass from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace").split()
        return max(int(width) for width in self.sql("".join(
            f"select coalesce(max(octet_length(t::text)), 0) from {table} t;" for table in tables)).split())


class Mixed(DataSet):
    """Half accounts of pgbench, half events with three indexes."""


class Skewed(DataSet):
    """Nearly everything in one table."""

    events_share = 0.95


class SmallTables(DataSet):
    """`SmallTables(number)`."""

    settings = DataSet.settings + "\nmax_locks_per_transaction=512"

    def fill(self):
        self.sql(f"""do $$ begin for i in 1 .. {self.megabytes} loop
            execute format('create table small_%s (id int primary key, note text not null)', i);
            execute format('insert into small_%s select n, md5(n::text) from generate_series(1, 10) n', i);
            if i % 100 = 0 then commit; end if; end loop; end $$""", user=self.owner)
        self.sql("vacuum analyze")
        self.app.migration("0001_nothing", "select 1")
