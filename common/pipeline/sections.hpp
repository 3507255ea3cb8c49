#pragma once

#include "pipeline/pipeline.hpp"
#include "pipeline/section_reader.hpp"

namespace lastgood {

EncryptSettings read_encrypt(const SectionReader& encrypt);
GitSettings read_git(const SectionReader& git);
DatabaseSettings read_database(const SectionReader& database);
Deploy read_deploy(const SectionReader& deploy);
/// The platform, its section, and the deploy.
void read_platform(const SectionReader& root, Pipeline& pipeline);
ReleaseWindow read_release_window(const SectionReader& section);

CaptureSettings read_capture(const SectionReader& capture);
MigrateSettings read_migrate(const SectionReader& migrate);
VerifySettings read_verify(const SectionReader& verify);
RollbackSettings read_rollback(const SectionReader& rollback);

CheckSettings read_check(const SectionReader& check);

/// For every section that has on_failure or on_unknown.
OnFailure read_on_failure(const SectionReader& section, std::string_view key);

}  // namespace lastgood
