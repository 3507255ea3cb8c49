#include "database/properties.hpp"

#include "core/failure.hpp"
#include "database/database_acl.hpp"
#include "database/session.hpp"

namespace lastgood {
namespace {

/// What ICU and builtin locales are called has changed twice.
std::string provider_columns(int server_version) {
    if (server_version >= 170000) return "d.datlocprovider, CASE WHEN d.datlocprovider <> 'c' THEN d.datlocale END";
    if (server_version >= 150000) return "d.datlocprovider, d.daticulocale";
    return "'c', NULL";
}

std::map<std::string, std::vector<std::string>> read_settings(Session& session, const std::string& oid) {
    std::map<std::string, std::vector<std::string>> settings;
    for (const auto& row :
         session.query("SELECT coalesce(r.rolname, ''), entry FROM pg_catalog.pg_db_role_setting s"
                       " LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole"
                       " CROSS JOIN LATERAL unnest(s.setconfig) AS entry"
                       " WHERE s.setdatabase = $1::pg_catalog.oid AND (s.setrole = 0 OR r.oid IS NOT NULL)"
                       ""
                       " ORDER BY 1, entry COLLATE \"C\"",
                       {oid})) {
        settings[row[0].value()].push_back(row[1].value());
    }
    return settings;
}

std::vector<std::string> read_acl(Session& session, const std::string& oid) {
    std::vector<std::string> acl;
    for (const auto& row :
         session.query("SELECT item::text FROM pg_catalog.pg_database d CROSS JOIN LATERAL unnest(d.datacl) AS item"
                       " WHERE d.oid = $1::pg_catalog.oid ORDER BY item::text COLLATE \"C\"",
                       {oid})) {
        acl.push_back(row[0].value());
    }
    return acl;
}

void compare(std::vector<std::string>& differences, const std::string& what, const std::string& expected,
             const std::string& found) {
    if (expected != found) differences.push_back(what + " is \"" + found + "\", \"" + expected + "\" expected");
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text.empty() ? "none" : text;
}

void compare_settings(std::vector<std::string>& differences, const DatabaseProperties& expected,
                      const DatabaseProperties& found) {
    std::map<std::string, std::pair<std::string, std::string>> by_role;
    for (const auto& [role, entries] : expected.settings) by_role[role].first = joined(entries);
    for (const auto& [role, entries] : found.settings) by_role[role].second = joined(entries);
    for (const auto& [role, both] : by_role) {
        if (both.first == both.second) continue;
        differences.push_back("settings" + (role.empty() ? std::string() : " of role \"" + role + "\"") + " are " +
                              (both.second.empty() ? "none" : both.second) + "; " +
                              (both.first.empty() ? "none" : both.first) + " expected");
    }
}

}  // namespace

DatabaseProperties read_properties(Session& session, const std::string& database) {
    const Rows rows = session.query(
        "SELECT d.oid, pg_catalog.pg_get_userbyid(d.datdba), pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate,"
        " d.datctype, t.spcname, d.datconnlimit, pg_catalog.shobj_description(d.oid, 'pg_database'),"
        " d.datacl IS NULL, " +
            provider_columns(session.server_version()) +
            " FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace"
            " WHERE d.datname = $1",
        {database});
    if (rows.empty()) {
        throw Failure(ExitCode::refused, "there is no database \"" + database + "\" on " + session.url().address(),
                      "nothing", "look at database.url in the pipeline; psql -l   lists the databases");
    }
    const auto& row = rows[0];
    DatabaseProperties properties;
    properties.owner = row[1].value();
    properties.encoding = row[2].value();
    properties.collate = row[3].value();
    properties.ctype = row[4].value();
    properties.tablespace = row[5].value();
    properties.connection_limit = std::stoi(row[6].value());
    properties.comment = row[7];
    properties.acl_is_default = row[8] == "t";
    properties.locale_provider = row[9].value();
    properties.icu_locale = row[10].value_or("");
    properties.acl = read_acl(session, row[0].value());
    properties.settings = read_settings(session, row[0].value());
    return properties;
}

std::vector<std::string> compare_properties(const DatabaseProperties& expected, const DatabaseProperties& found) {
    std::vector<std::string> differences;
    compare(differences, "owner", expected.owner, found.owner);
    compare(differences, "encoding", expected.encoding, found.encoding);
    compare(differences, "collation", expected.collate, found.collate);
    compare(differences, "character type", expected.ctype, found.ctype);
    compare(differences, "locale provider", expected.locale_provider, found.locale_provider);
    compare(differences, "locale", expected.icu_locale, found.icu_locale);
    compare(differences, "tablespace", expected.tablespace, found.tablespace);
    const auto expected_acl = effective_acl(expected);
    const auto found_acl = effective_acl(found);
    if (expected_acl != found_acl) {
        differences.push_back("privileges are " + joined(acl_texts(found_acl)) + "; " +
                              joined(acl_texts(expected_acl)) + " expected");
    }
    compare_settings(differences, expected, found);
    return differences;
}

}  // namespace lastgood
