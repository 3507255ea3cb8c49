#pragma once

#include "step/world.hpp"

#include <string>

namespace lastgood {

// The driver's subcommands.

struct RunOptions {
    std::string take_over;  ///< close this open run as abandoned first
    std::string again;      ///< a commit that may run although its tree was rolled back
};
int run_pipeline(World& world, const RunOptions& options);

/// The JSON Schema of pipelines, as this build reads them: for editors, offline.
int print_schema(World& world);
int show_status(World& world);

struct HistoryOptions {
    std::string html;  ///< a file
};
int show_history(World& world, const HistoryOptions& options);

struct ReportOptions {
    std::string run;       ///< "" : that of --run-id, the open one, or else the newest
    std::string html;      ///< a file
    std::string markdown;  ///< a file; without either: Markdown on standard output
    std::string limit = "1MB";
};
int write_report(World& world, const ReportOptions& options);
/// Failure (2) if it cannot be written.
void write_page(const std::string& file, const std::string& page);

int check_pipeline(World& world);
/// Only the code, with a database for development: LASTGOOD_DEVELOPMENT_URL.
int check_code(World& world);

struct InitOptions {
    std::string output;  ///< "" : lastgood.yaml at the top of the repository
};
/// Writes a first pipeline. Needs no pipeline, no store and no database, and changes nothing but that one new file.
int init_pipeline(World& world, const InitOptions& options);

struct AdoptOptions {
    std::string revision;
    std::string confirm;
};
int adopt(World& world, const AdoptOptions& options);

struct BackupsOptions {
    std::string restore_point;
    std::string confirm;
    std::string acknowledge;  ///< failed database whose discarded rows a person has seen
    std::string to;           ///< a directory
};
/// Failure (3) if there is none of that id.
Manifest require_manifest(const RestorePoints& points, const std::string& id);
int list_backups(World& world);
int show_backup(World& world, const BackupsOptions& options);
int verify_backups(World& world, const BackupsOptions& options);
int prove_backup(World& world, const BackupsOptions& options);
int download_backup(World& world, const BackupsOptions& options);
int prune_backups(World& world, const BackupsOptions& options);

}  // namespace lastgood
