#include "git/remote_callbacks.hpp"

namespace lastgood {

namespace {

int say_error(const std::string& message) {
    git_error_set_str(GIT_ERROR_CALLBACK, message.c_str());
    return GIT_EUSER;
}

}  // namespace

git_remote_callbacks RemoteCallbacks::table() {
    git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
    callbacks.payload = this;
    callbacks.credentials = give_credential;
    callbacks.sideband_progress = take_remark;
    callbacks.push_update_reference = take_status;
    callbacks.push_negotiation = check_lease;
    return callbacks;
}

int RemoteCallbacks::give_credential(git_credential** out, const char* url, const char* user, unsigned int allowed,
                                     void* payload) {
    auto& self = *static_cast<RemoteCallbacks*>(payload);
    const char* ssh_user = user != nullptr ? user : "git";
    if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) return git_credential_username_new(out, ssh_user);
    // libgit2 asks again for as long as the server refuses: the second question is the answer to the first.
    if (self.m_gave_credential) return say_error("the credentials were not accepted");
    self.m_gave_credential = true;
    if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0) return git_credential_ssh_key_from_agent(out, ssh_user);
    if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0 && std::string(url).starts_with("http")) {
        if (self.m_token.empty()) return say_error("it asks for credentials and the pipeline gives none (git.token)");
        return git_credential_userpass_plaintext_new(out, "x-access-token", self.m_token.reveal().c_str());
    }
    return say_error("it asks for a kind of credentials that lastgood does not have");
}

int RemoteCallbacks::take_remark(const char* text, int length, void* self) {
    static_cast<RemoteCallbacks*>(self)->m_remarks.append(text, static_cast<std::size_t>(length));
    return 0;
}

int RemoteCallbacks::take_status(const char* /*ref*/, const char* status, void* self) {
    if (status != nullptr) static_cast<RemoteCallbacks*>(self)->m_declined = one_line(status);
    return 0;
}

int RemoteCallbacks::check_lease(const git_push_update** updates, size_t count, void* payload) {
    const auto& expected = static_cast<RemoteCallbacks*>(payload)->m_expected;
    for (size_t i = 0; expected && i < count; ++i)
        if (hex(updates[i]->src) != *expected) return say_error("the branch moved to " + hex(updates[i]->src));
    return 0;
}

}  // namespace lastgood
