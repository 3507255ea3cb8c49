#include "backup/scratch_server.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/session.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"

#include <pwd.h>
#include <unistd.h>

namespace lastgood {

namespace {

constexpr const char* k_port = "5432";
constexpr std::chrono::milliseconds k_look_again{100};

/// Of the operating system: peer authentication lets in nobody else.
std::string our_user() {
    const passwd* const user = getpwuid(geteuid());
    return user == nullptr ? std::to_string(geteuid()) : user->pw_name;
}

/// As pg_hba.conf and pg_ident.conf want a name with blanks in it.
std::string in_double_quotes(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

/// From everything that the original is connected to.
constexpr const char* k_cut_off =
    " -c unix_socket_group= -c unix_socket_permissions=0777 -c listen_addresses= -c ssl=off"
    " -c archive_mode=off -c recovery_end_command= -c archive_cleanup_command="
    " -c shared_preload_libraries= -c session_preload_libraries= -c local_preload_libraries="
    " -c max_logical_replication_workers=0 -c primary_conninfo= -c primary_slot_name= -c hot_standby=off"
    " -c synchronous_standby_names= -c logging_collector=off -c log_destination=stderr -c external_pid_file="
    " -c fsync=off -c full_page_writes=off -c autovacuum=off -c huge_pages=off -c shared_buffers=128MB"
    " -c max_prepared_transactions=1000";

/// It is on its way; other refusals stay.
bool may_pass(const Failure& failure) {
    const std::string words = failure.what_happened() + failure.detail();
    return words.find("the database system is") != std::string::npos || words.find("FATAL") == std::string::npos;
}

}  // namespace

ScratchServer::ScratchServer(
    const PgBackRestSettings& settings, const EngineContext& context, ScratchAccess access,
    const std::function<void(const std::string& data, const std::string& tablespaces)>& restore)
    : m_settings(settings),
      m_context(context),
      m_access(std::move(access)),
      m_place(settings.scratch + "/lastgood-" + short_hash(m_access.scope)),
      m_data(m_place + "/data"),
      m_sockets("/tmp/lastgood-" + short_hash(m_place)) {
    clear();
    try {
        must({"mkdir", "-p", "-m", "0700", "--", m_data, m_place + "/tablespaces"}, "making " + m_place);
        // Not in m_place: the path of a socket must be short. Who made it first keeps us out, not in.
        must({"mkdir", "-m", "0711", "--", m_sockets}, "making " + m_sockets);
        m_context.console.progress("restoring the cluster in " + m_place);
        restore(m_data, m_place + "/tablespaces");
        start();
        wait_until_ready();
    } catch (...) {
        const Interruption::Shield shield(m_context.interruption);
        clear();
        throw;
    }
}

ScratchServer::~ScratchServer() {
    const Interruption::Shield shield(m_context.interruption);
    try {
        clear();
    } catch (const std::exception& error) {
        m_context.console.warning(m_place + " could not be removed: " + error.what() + "; the next proof removes it");
    }
}

ProcessResult ScratchServer::run(std::vector<std::string> argv, const std::string& input) const {
    argv.insert(argv.begin(), m_settings.as.begin(), m_settings.as.end());
    Command command;
    command.argv = std::move(argv);
    command.input = input;
    command.directory = "/";  // another user may not enter ours
    return m_context.processes.run(command);
}

bool ScratchServer::try_to(std::vector<std::string> argv) const {
    return run(std::move(argv)).ok();
}

std::string ScratchServer::must(std::vector<std::string> argv, const std::string& what,
                                const std::string& input) const {
    const ProcessResult result = run(std::move(argv), input);
    if (result.ok()) return result.out;
    throw Failure(ExitCode::failed_clean, what + " failed: " + result.say_end(), "nothing",
                  "look at pgbackrest.scratch and pgbackrest.as in the pipeline")
        .with_detail(result.tail());
}

void ScratchServer::clear() const {
    if (try_to({"test", "-e", m_data + "/postmaster.pid"}))
        try_to({pg_ctl(), "--pgdata=" + m_data, "--mode=immediate", "--wait", "stop"});
    must({"rm", "-rf", "--", m_place}, "removing " + m_place);
    must({"rm", "-rf", "--", m_sockets}, "removing " + m_sockets);
}

/// Written by the user that runs the server: our own directories may be closed to it.
std::string ScratchServer::write(const std::string& name, const std::string& text) const {
    std::string path = m_sockets + "/" + name;
    must({"tee", "--", path}, "writing " + path, text);
    return path;
}

/// What the command line says holds over the restored cluster's own files, postgresql.auto.conf too. A distribution
/// keeps some of them outside of the data directory, so nothing of them is used.
std::string ScratchServer::settings() const {
    const std::string hba = write("pg_hba.conf", "local all all peer map=lastgood\n");
    const std::string ident = write(
        "pg_ident.conf", "lastgood " + in_double_quotes(our_user()) + " " + in_double_quotes(m_access.role) + "\n");
    return "-c config_file=" + write("postgresql.conf", "") + " -c hba_file=" + hba + " -c ident_file=" + ident +
           " -c port=" + k_port + " -c unix_socket_directories=" + m_sockets + k_cut_off;
}

void ScratchServer::start() const {
    const ProcessResult result =
        run({pg_ctl(), "--pgdata=" + m_data, "--wait",
             "--timeout=" + std::to_string(std::chrono::ceil<std::chrono::seconds>(m_settings.timeout).count()),
             "--log=" + m_place + "/log", "--options=" + settings(), "start"});
    if (result.ok()) return;
    throw Failure(ExitCode::failed_clean, "the restored cluster does not start: " + result.say_end(), "nothing",
                  "lastgood backup-capture   tries again")
        .with_detail(result.tail() + "\n" + last_words());
}

std::string ScratchServer::last_words() const {
    return run({"tail", "-n", "15", "--", m_place + "/log"}).out;
}

void ScratchServer::wait_until_ready() const {
    m_context.console.progress("replaying the write-ahead log up to the restore point");
    const auto deadline = std::chrono::steady_clock::now() + m_settings.timeout;
    for (;;) {
        try {
            Session session(url(), m_context.application_name, m_context.interruption);
            if (session.value("select pg_catalog.pg_is_in_recovery()") == "f") return;
        } catch (const Failure& failure) {
            if (!may_pass(failure)) throw;
        }
        const bool late = std::chrono::steady_clock::now() > deadline;
        if (late || !try_to({pg_ctl(), "--pgdata=" + m_data, "status"}))
            throw Failure(ExitCode::failed_clean,
                          late ? "the restored cluster was not ready within " + say_duration(m_settings.timeout)
                               : "the restored cluster has stopped",
                          "nothing",
                          late ? "raise pgbackrest.timeout, or take full backups more often"
                               : "lastgood backup-capture   takes another restore point")
                .with_detail(last_words());
        m_context.interruption.wait(k_look_again);
    }
}

ConnectionUrl ScratchServer::url() const {
    return ConnectionUrl(Secret("postgresql:///?sslmode=disable"))
        .with("host", m_sockets)
        .with("port", k_port)
        .with("user", m_access.role)
        .with_database(m_access.database)
        .with_setting("default_transaction_read_only", "off");  // a fence of ours may have come along
}

}  // namespace lastgood
