#pragma once

#include <string>

namespace lastgood {

/// What rollback takes beside the common options.
struct RollbackOptions {
    bool if_failed = false;
    bool undo = false;
    bool accept_loss = false;
    bool without_store = false;
    std::string strategy;  ///< restore, down or auto; "": as the pipeline says
    std::string to_run;
    std::string confirm;
};

}  // namespace lastgood
