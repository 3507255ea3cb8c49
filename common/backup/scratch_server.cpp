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

std::string in_single_quotes(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
    return quoted + "'";
}

/// Over everything that ALTER SYSTEM put into the restored cluster's postgresql.auto.conf.
std::string overriding(const std::string& configuration) {
    return "-c config_file=" + configuration +
           " -c listen_addresses= -c archive_mode=off -c shared_preload_libraries= -c session_preload_libraries="
           " -c max_logical_replication_workers=0 -c primary_conninfo= -c primary_slot_name= -c hot_standby=off"
           " -c ssl=off -c logging_collector=off -c log_destination=stderr -c fsync=off -c full_page_writes=off"
           " -c autovacuum=off -c huge_pages=off -c shared_buffers=128MB -c synchronous_standby_names="
           " -c external_pid_file= -c event_source= -c max_prepared_transactions=1000";
}

}  // namespace

ScratchServer::ScratchServer(
    const PgBackRestSettings& settings, const EngineContext& context, const std::string& scope,
    const std::filesystem::path& bindir, const std::string& role,
    const std::function<void(const std::string& data, const std::string& tablespaces)>& restore)
    : m_settings(settings),
      m_context(context),
      m_bindir(bindir),
      m_role(role),
      m_place(settings.scratch + "/lastgood-" + short_hash(scope)),
      m_data(m_place + "/data") {
    clear();
    try {
        must({"mkdir", "-p", "-m", "0700", "--", m_data, m_place + "/tablespaces"}, "making " + m_place);
        // Below nothing of ours: the user that runs the server makes it, and the path of a socket must be short.
        m_sockets = must({"mktemp", "-d", "/tmp/lastgood-XXXXXX"}, "making a directory for the socket");
        while (!m_sockets.empty() && m_sockets.back() == '\n') m_sockets.pop_back();
        must({"chmod", "0711", "--", m_sockets}, "opening it to us");
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
        try_to({program("pg_ctl"), "--pgdata=" + m_data, "--mode=immediate", "--wait", "stop"});
    must({"rm", "-rf", "--", m_place}, "removing " + m_place);
    if (!m_sockets.empty()) must({"rm", "-rf", "--", m_sockets}, "removing " + m_sockets);
}

/// Written by the user that runs the server: our own directories may be closed to it.
std::string ScratchServer::write(const std::string& name, const std::string& text) const {
    const std::string path = m_sockets + "/" + name;
    must({"tee", "--", path}, "writing " + path, text);
    return path;
}

/// Its own, since a distribution keeps the original's outside of the data directory, with paths that mean nothing here.
std::string ScratchServer::configuration() const {
    const std::string hba = write("pg_hba.conf", "local all all peer map=lastgood\n");
    const std::string ident =
        write("pg_ident.conf", "lastgood " + in_double_quotes(our_user()) + " " + in_double_quotes(m_role) + "\n");
    return write("postgresql.conf",
                 "port = " + std::string(k_port) + "\nunix_socket_directories = " + in_single_quotes(m_sockets) +
                     "\nhba_file = " + in_single_quotes(hba) + "\nident_file = " + in_single_quotes(ident) + "\n");
}

void ScratchServer::start() const {
    const ProcessResult result =
        run({program("pg_ctl"), "--pgdata=" + m_data, "--wait",
             "--timeout=" + std::to_string(std::chrono::ceil<std::chrono::seconds>(m_settings.timeout).count()),
             "--log=" + m_place + "/log", "--options=" + overriding(configuration()), "start"});
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
            Session session(url("postgres"), m_context.application_name, m_context.interruption);
            if (session.value("select pg_catalog.pg_is_in_recovery()") == "f") return;
        } catch (const Failure&) {  // not yet
        }
        const bool late = std::chrono::steady_clock::now() > deadline;
        if (late || !try_to({program("pg_ctl"), "--pgdata=" + m_data, "status"}))
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

ConnectionUrl ScratchServer::url(const std::string& database) const {
    return ConnectionUrl(Secret("postgresql:///?sslmode=disable"))
        .with("host", m_sockets)
        .with("port", k_port)
        .with("user", m_role)
        .with_database(database);
}

}  // namespace lastgood
