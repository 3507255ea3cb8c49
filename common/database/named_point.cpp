#include "database/named_point.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/contents.hpp"
#include "outside/interruption.hpp"

namespace lastgood {

namespace {

using std::chrono::milliseconds;

/// A server with a few hundred short transactions a second has idle moments within this; one with thousands has not.
constexpr int k_quiet_attempts = 100;
constexpr milliseconds k_between_quiet{20};

/// Writers wait for us no longer than this, each time.
constexpr const char* k_lock_limits = "set local lock_timeout = '100ms'; set local statement_timeout = '1s'";
constexpr int k_lock_attempts = 20;
constexpr milliseconds k_between_locks{500};

constexpr milliseconds k_look_at_archiver{50};

std::string numbered(const std::string& name, int number) {
    return name + "_" + std::to_string(number);
}

/// Nobody holds a transaction id, prepared transactions included. A snapshot does not say it: those newer than the
/// newest that has ended are not among its open ones.
bool is_quiet(Session& session) {
    return session.value(
               "select not exists (select from pg_catalog.pg_locks "
               "where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted)") == "t";
}

std::string snapshot_now(Session& session) {
    return *session.value("select pg_catalog.pg_current_snapshot()");
}

/// Who had a transaction id when the snapshot was taken or got one before the point holds it still, or has ended since
/// and so changed the snapshot of now. (A transaction lets go of its id after all see that it ended: so the locks are
/// looked at first.)
std::optional<ExactPoint> at_a_quiet_moment(Session& admin, const ConnectionUrl& url, const std::string& application,
                                            const std::string& name, Interruption& interruption) {
    if (!is_quiet(admin)) return std::nullopt;
    ExactPoint exact;
    exact.issued = issued_numbers(admin);
    exact.snapshot = std::make_unique<ExportedSnapshot>(url, application, interruption);
    exact.point = make_point(admin, name);
    if (!is_quiet(admin) || snapshot_now(admin) != snapshot_now(exact.snapshot->session())) return std::nullopt;
    return exact;
}

void lock_against_writers(Session& admin) {
    const ContentFacts catalogue = read_catalogue(admin);
    std::string names;
    for (const TableFacts& table : catalogue.tables)
        names +=
            (names.empty() ? "only " : ", only ") + admin.quote_name(table.schema) + "." + admin.quote_name(table.name);
    if (!names.empty()) admin.execute("lock table " + names + " in share mode");
}

/// Who holds the lock has waited for every writer of these tables until it was seen by all.
ExactPoint under_locks(Session& admin, const ConnectionUrl& url, const std::string& application,
                       const std::string& name, Interruption& interruption) {
    const Transaction transaction(admin);
    admin.execute(k_lock_limits);
    lock_against_writers(admin);
    ExactPoint exact;
    exact.issued = issued_numbers(admin);
    exact.snapshot = std::make_unique<ExportedSnapshot>(url, application, interruption);
    exact.point = make_point(admin, name);
    return exact;
}

std::vector<std::string> writers(Session& admin) {
    std::vector<std::string> lines;
    for (const auto& row :
         admin.query("select pid, coalesce(usename, ''), coalesce(application_name, ''), "
                     "(extract(epoch from pg_catalog.clock_timestamp() - xact_start) * 1000)::bigint "
                     "from pg_catalog.pg_stat_activity where backend_xid is not null order by xact_start limit 5"))
        lines.push_back("pid " + row[0].value_or("?") + ", role \"" + row[1].value_or("") + "\", application \"" +
                        row[2].value_or("") + "\", in its transaction for " +
                        say_duration(milliseconds(std::stoll(row[3].value_or("0")))));
    for (const auto& row :
         admin.query("select gid, database from pg_catalog.pg_prepared_xacts order by prepared limit 5"))
        lines.push_back("prepared transaction \"" + row[0].value_or("") + "\" in database \"" + row[1].value_or("") +
                        "\"");
    return lines;
}

Failure may_not_lock(const DatabaseError& error) {
    return {ExitCode::refused,
            "others write all the time, and the tables cannot be locked for a moment: " + error.primary(),
            "nothing; the backup stays in pgBackRest's repository",
            "let the role own the tables, or run it with writes: closed"};
}

bool is_lock_trouble(const DatabaseError& error) {
    // lock_not_available, query_canceled (the statement's limit), deadlock_detected
    return error.sqlstate() == "55P03" || error.sqlstate() == "57014" || error.sqlstate() == "40P01";
}

}  // namespace

PointHindrance hindrance_to_points(Session& session) {
    const Rows seen = session.query(
        "select current_setting('archive_mode'), current_setting('wal_level'), current_user, "
        "pg_catalog.has_function_privilege('pg_catalog.pg_create_restore_point(text)', 'execute'), "
        "pg_catalog.has_function_privilege('pg_catalog.pg_switch_wal()', 'execute'), "
        "pg_catalog.pg_has_role('pg_read_all_settings', 'usage')");
    const auto& row = seen[0];
    if (row[0] == "off" || row[1] == "minimal")
        return {
            "the server archives nothing (archive_mode " + *row[0] + ", wal_level " + *row[1] + ")",
            "set wal_level = replica, archive_mode = on and archive_command as pgBackRest's manual says, and restart"};
    if (row[3] != "t" || row[4] != "t")
        return {"role \"" + *row[2] + "\" may not make a named point in the write-ahead log",
                "GRANT EXECUTE ON FUNCTION pg_create_restore_point(text), pg_switch_wal() TO \"" + *row[2] +
                    "\";   in this database"};
    if (row[5] != "t")
        return {"role \"" + *row[2] + "\" may not read where the server's data directory is",
                "GRANT pg_read_all_settings TO \"" + *row[2] + "\";"};
    return {};
}

NamedPoint make_point(Session& session, const std::string& name) {
    const Rows made = session.query(
        "select lsn, pg_catalog.pg_walfile_name(lsn), "
        "('x' || left(pg_catalog.pg_walfile_name(lsn), 8))::bit(32)::int "
        "from pg_catalog.pg_create_restore_point($1) as lsn",
        {name});
    return {name, *made[0][0], *made[0][1], *made[0][2]};
}

ExactPoint make_exact_point(const ConnectionUrl& url, const std::string& application_name, const std::string& name,
                            Interruption& interruption) {
    Session admin(url, application_name, interruption);
    int number = 0;
    for (int attempt = 0; attempt < k_quiet_attempts; ++attempt) {
        auto exact = at_a_quiet_moment(admin, url, application_name, numbered(name, ++number), interruption);
        if (exact) return std::move(*exact);
        interruption.wait(k_between_quiet);
    }
    for (int attempt = 0; attempt < k_lock_attempts; ++attempt) {
        try {
            return under_locks(admin, url, application_name, numbered(name, ++number), interruption);
        } catch (const DatabaseError& error) {
            if (error.sqlstate() == "42501") throw may_not_lock(error);
            if (!is_lock_trouble(error)) throw;
        }
        interruption.wait(k_between_locks);
    }
    throw Failure(ExitCode::failed_clean,
                  "no moment was found at which nobody was about to commit, so that what a restore would bring back "
                  "could not be known",
                  "nothing; the backup stays in pgBackRest's repository",
                  "run it again when the transactions below have ended, or with writes: closed")
        .with_detail(writers(admin));
}

void wait_until_archived(Session& session, const NamedPoint& point, milliseconds patience) {
    session.query("select pg_catalog.pg_switch_wal()");
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        // Names of segments sort as they follow each other; on another timeline everything before is archived too.
        const Rows seen = session.query(
            "select last_archived_wal ~ '^[0-9A-F]{24}' and left(last_archived_wal, 24) collate \"C\" >= $1, "
            "failed_count, last_failed_wal from pg_catalog.pg_stat_archiver",
            {point.segment});
        if (seen[0][0] == "t") return;
        if (std::chrono::steady_clock::now() > deadline)
            throw Failure(ExitCode::failed_clean,
                          "the server has not archived " + point.segment + " within " + say_duration(patience),
                          "nothing", "look at the server's log for archive_command; pgbackrest check")
                .with_detail("archiving failed " + seen[0][1].value_or("?") + " times so far, last for " +
                             seen[0][2].value_or("no segment"));
        session.interruption().wait(k_look_at_archiver);
    }
}

}  // namespace lastgood
