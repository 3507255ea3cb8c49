// Where the release lives: repository, database, deployment.
#include "core/reference_name.hpp"
#include "pipeline/complaint.hpp"
#include "pipeline/sections.hpp"

namespace lastgood {

EncryptSettings read_encrypt(const SectionReader& encrypt) {
    EncryptSettings settings;
    settings.recipients = encrypt.list("recipients");
    if (settings.recipients.empty()) {
        encrypt.refuse("recipients", "recipients wants at least one public key of age",
                       "write there what age-keygen prints as public key, or remove encrypt");
    }
    for (const std::string& recipient : settings.recipients) {
        if (recipient.starts_with("age1") || recipient.starts_with("ssh-")) continue;
        // A private key written here by mistake is not repeated in a message.
        encrypt.refuse("recipients", "recipients wants public keys that begin with age1 or ssh-",
                       "write there what age-keygen prints as public key");
    }
    settings.public_key = encrypt.text("public_key");
    return settings;
}

GitSettings read_git(const SectionReader& git) {
    GitSettings settings;
    settings.revision = git.text("revision");
    settings.branch = git.text("branch");
    if (git.has("branch") && !is_branch_name(settings.branch)) {
        git.refuse("branch", "branch wants a name that git takes, not " + in_quotes(settings.branch),
                   "write there for example branch: main");
    }
    settings.remote = git.text("remote");
    settings.on_rollback = git.choice<OnRollback>(
        "on_rollback", {{"revert", OnRollback::revert}, {"reset", OnRollback::reset}, {"none", OnRollback::none}});
    settings.good_ref = git.text("good_ref");
    if (git.has("good_ref") && !is_reference_name(settings.good_ref)) {
        git.refuse("good_ref", "good_ref wants the full name of a reference",
                   "write there for example good_ref: refs/lastgood/production");
    }
    if (git.has("token")) settings.token = git.secret("token");
    return settings;
}

DatabaseSettings read_database(const SectionReader& database) {
    DatabaseSettings settings;
    if (database.has("url")) settings.url = database.secret("url");
    if (database.has("admin_url")) settings.admin_url = database.secret("admin_url");
    settings.maintenance_database = database.text("maintenance_database");
    settings.app_roles = database.list("app_roles");
    return settings;
}

Deploy read_deploy(const SectionReader& deploy) {
    Deploy settings;
    settings.run = deploy.list("run");
    if (deploy.has("when"))
        settings.when = deploy.choice<Deploy::When>(
            "when", {{"before_migrate", Deploy::When::before_migrate}, {"after_migrate", Deploy::When::after_migrate}});
    settings.timeout = deploy.duration("timeout");
    return settings;
}

}  // namespace lastgood
