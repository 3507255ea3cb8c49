#include "sample_manifest.hpp"

#include <limits>

namespace lastgood::test {

Manifest sample_manifest(const std::string& id, const std::string& taken_at) {
    Manifest manifest;
    manifest.id = id;
    manifest.run = "github-1";
    manifest.attempt = 2;
    manifest.engine = "pg_dump";
    manifest.taken_at = taken_at;
    manifest.database = {"7312345678901234567", 4294967295U, "shop \"x\"", "/var/run/postgresql"};
    manifest.server_version = 150014;
    manifest.client_version = "pg_dump (PostgreSQL) 15.14";
    manifest.snapshot = "18446744073709551610:18446744073709551615:18446744073709551611";
    manifest.schema = {{"0001", "0002_\u00fc"}, "f00d"};
    manifest.pinned = {"c2", "t2"};
    manifest.fits = 7;
    manifest.fits_revision = {"c1", "t1"};
    manifest.properties.owner = "owner";
    manifest.properties.encoding = "UTF8";
    manifest.properties.collate = "C.UTF-8";
    manifest.properties.ctype = "C.UTF-8";
    manifest.properties.locale_provider = "i";
    manifest.properties.icu_locale = "de";
    manifest.properties.tablespace = "pg_default";
    manifest.properties.connection_limit = 100;
    manifest.properties.comment = "";
    manifest.properties.acl = {"=Tc/owner", "app=CTc/owner"};
    manifest.properties.acl_is_default = false;
    manifest.properties.settings = {{"", {"work_mem=64MB"}}, {"app", {"search_path=a, \"b\"", "role=x"}}};
    TableFacts table{"public", "order", 16390, 16391, {{"id", 1, "bigint"}, {"name", 3, "text"}}, {"id"}, 0, ""};
    table.rows = std::numeric_limits<std::uint64_t>::max();
    table.digest = "-170141183460469231731687303715884105728/18446744073709551615";
    manifest.contents.tables = {table, {"public", "empty", 1, 2, {}, {}, 0, "0/0"}};
    manifest.contents.sequences = {{"public", "used", std::numeric_limits<std::int64_t>::min(), -1},
                                   {"public", "unused", std::nullopt, 1}};
    manifest.contents.large_objects = "0/0";
    manifest.contents.not_compared = {"public.v: materialized view, refreshed by a restore"};
    manifest.subscriptions = {"from_old"};
    return manifest;
}

}  // namespace lastgood::test
