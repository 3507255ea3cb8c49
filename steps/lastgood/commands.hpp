#pragma once

#include "step/world.hpp"

#include <string>

namespace lastgood {

// The driver's subcommands, one file each.

struct RunOptions {
    std::string take_over;  ///< close this open run as abandoned first
    std::string again;      ///< a commit that may run although its tree was rolled back
};
int run_pipeline(World& world, const RunOptions& options);

int show_status(World& world);
int show_history(World& world);
int check_pipeline(World& world);

struct AdoptOptions {
    std::string revision;
    std::string confirm;
};
int adopt(World& world, const AdoptOptions& options);

struct BackupsOptions {
    std::string restore_point;
    std::string confirm;
    std::string acknowledge;  ///< failed database whose discarded rows a person has seen
};
int list_backups(World& world);
int show_backup(World& world, const BackupsOptions& options);
int verify_backup(World& world, const BackupsOptions& options);
int prune_backups(World& world, const BackupsOptions& options);

}  // namespace lastgood
