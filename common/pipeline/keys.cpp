#include "pipeline/keys_of_platforms.hpp"

namespace lastgood {
namespace {

const Section& encrypt_section() {
    static const Section section{
        "encrypt",
        "restore points that only their recipients can read, and nobody can change unnoticed",
        {
            {.name = "recipients",
             .kind = Kind::texts,
             .help =
                 "public keys of age (age1...) or of ssh; to decrypt, LASTGOOD_AGE_IDENTITY[_FILE] holds an identity",
             .required = true,
             .example = "[age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]"},
            {.name = "public_key",
             .kind = Kind::text,
             .help = "Ed25519, base64 as in openssl pkey -pubout: manifests must be signed by the private key in "
                     "LASTGOOD_SIGNING_KEY[_FILE]",
             .required = true,
             .example = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="},
        }};
    return section;
}

const Section& git_section() {
    static const Section section{"git",
                                 "where the released code comes from and how it goes back",
                                 {
                                     {.name = "revision", .help = "pinned when the run begins", .fallback = "HEAD"},
                                     {.name = "branch",
                                      .help = "the branch that is released; without it the one checked out",
                                      .example = "main"},
                                     {.name = "remote", .help = "where the branch is pushed", .fallback = "origin"},
                                     {.name = "on_rollback",
                                      .kind = Kind::choice,
                                      .help = "revert: a new commit with the good tree; reset: the branch itself goes "
                                              "back; none: the commit is only named",
                                      .fallback = "revert",
                                      .choices = {"revert", "reset", "none"}},
                                     {.name = "good_ref",
                                      .help = "a reference that is moved to each good release",
                                      .example = "refs/lastgood/production"},
                                     {.name = "token",
                                      .kind = Kind::token,
                                      .help = "for fetch and push over HTTPS",
                                      .example = "${GITHUB_TOKEN}"},
                                 }};
    return section;
}

const Section& database_section() {
    static const Section section{"database",
                                 "the production database",
                                 {
                                     {.name = "url",
                                      .kind = Kind::database_url,
                                      .help = "a direct connection, not one through a transaction pooler; without it "
                                              "the one that the platform's own settings name",
                                      .example = "${DATABASE_URL}"},
                                     {.name = "admin_url",
                                      .kind = Kind::database_url,
                                      .help = "another role than the application's; needed for writes: closed",
                                      .example = "${DATABASE_ADMIN_URL}"},
                                     {.name = "maintenance_database",
                                      .help = "where locks are held: one that a rollback does not rename",
                                      .fallback = "postgres"},
                                     {.name = "app_roles",
                                      .kind = Kind::texts,
                                      .help = "the roles the application logs in as; writes: closed keeps them out",
                                      .example = "[app]"},
                                 }};
    return section;
}

const Section& deploy_section() {
    static const Section section{
        "deploy",
        "puts a revision into service; LASTGOOD_REVISION names it",
        {
            {.name = "run",
             .kind = Kind::argv,
             .help = "the program and its arguments; required on a plain server",
             .example = "[./deploy.sh]"},
            {.name = "when",
             .kind = Kind::choice,
             .help = "before or after the migration",
             .example = "after_migrate",
             .choices = {"before_migrate", "after_migrate"}},
            {.name = "timeout", .kind = Kind::duration, .help = "then it is ended", .fallback = "15m", .minimum = 1},
        }};
    return section;
}

const Section& window_section() {
    static const Section section{
        "window",
        "when a run may begin to change something, by the database server's clock; outside of it it is refused",
        {
            {.name = "days",
             .kind = Kind::texts,
             .help = "mon, tue, wed, thu, fri, sat, sun; every day, if none is named",
             .example = "[sat, sun]"},
            {.name = "hours",
             .help = "from and to; a window that ends before it begins goes over midnight",
             .required = true,
             .example = "22:00-05:00"},
            {.name = "zone", .help = "of these hours, as PostgreSQL knows it", .fallback = "UTC"},
        }};
    return section;
}

}  // namespace

const Section& pipeline_section() {
    static const Section section{
        "the pipeline",
        "a lastgood pipeline; ${NAME} in a value is the environment variable, ${file:PATH} what the file holds, $$ a "
        "dollar",
        {
            {.name = "format",
             .kind = Kind::number,
             .help = "of this file",
             .required = true,
             .example = "1",
             .minimum = 1,
             .maximum = 1},
            {.name = "name",
             .kind = Kind::name,
             .help = "of the application",
             .required = true,
             .example = "learning-timeline-api"},
            {.name = "environment",
             .kind = Kind::name,
             .help = "what a run owns while it is open",
             .required = true,
             .example = "production"},
            {.name = "store",
             .kind = Kind::store,
             .help = "where restore points and records live",
             .required = true,
             .example = "file:/var/lib/lastgood"},
            {.name = "encrypt", .kind = Kind::section, .help = encrypt_section().help, .section = encrypt_section},
            {.name = "git", .kind = Kind::section, .help = git_section().help, .section = git_section},
            {.name = "database", .kind = Kind::section, .help = database_section().help, .section = database_section},
            {.name = "writes",
             .kind = Kind::choice,
             .help = "what the application may do from capture to the verdict; read_only is advisory, closed needs "
                     "app_roles and admin_url",
             .fallback = "open",
             .choices = {"open", "read_only", "closed"}},
            {.name = "fence_deadline",
             .kind = Kind::duration,
             .help = "a fence that nobody lifts opens by itself then",
             .fallback = "30m",
             .minimum = 1000},
            {.name = "expires",
             .kind = Kind::duration,
             .help = "how long a run may wait between its steps",
             .fallback = "24h",
             .minimum = 1000},
            {.name = "platform",
             .kind = Kind::choice,
             .help = "where the application runs",
             .fallback = "plain",
             .choices = {"plain", "heroku", "elastic_beanstalk"}},
            {.name = "heroku", .kind = Kind::section, .help = heroku_section().help, .section = heroku_section},
            {.name = "elastic_beanstalk",
             .kind = Kind::section,
             .help = beanstalk_section().help,
             .section = beanstalk_section},
            {.name = "window", .kind = Kind::section, .help = window_section().help, .section = window_section},
            {.name = "deploy", .kind = Kind::section, .help = deploy_section().help, .section = deploy_section},
            {.name = "steps",
             .kind = Kind::entries,
             .help = "in this order, each at most once",
             .required = true,
             .example = "[backup-capture, migrate: {framework: sql}]",
             .entries = step_sections()},
        }};
    return section;
}

const Key* find_key(const Section& section, std::string_view name) {
    for (const Key& key : section.keys) {
        if (key.name == name) return &key;
    }
    return nullptr;
}

std::vector<std::string> key_names(const Section& section) {
    std::vector<std::string> names;
    for (const Key& key : section.keys) names.emplace_back(key.name);
    return names;
}

}  // namespace lastgood
