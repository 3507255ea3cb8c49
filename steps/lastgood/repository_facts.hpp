#pragma once

#include "steps/lastgood/migrators.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lastgood {

struct Checkout;

/// A value, and what says so.
struct Told {
    std::string value;
    std::string by;
};

struct HerokuSigns {
    Told app;
    std::string release_phase;  ///< the Procfile's command, where it migrates
};

struct BeanstalkSigns {
    std::string sign;         ///< ".ebextensions"
    std::string application;  ///< "" where only another file than the tracked ones would say
    std::string environment;
    std::string region;
    std::string migrates;  ///< the file that migrates on a deploy; "" if none does
};

/// What a repository says of the pipeline that it wants.
struct RepositoryFacts {
    Told name;
    Told branch;
    std::string remote;  ///< that the branch is pushed to; "" if there is none
    std::vector<Migrator> migrators;
    std::optional<HerokuSigns> heroku;
    std::optional<BeanstalkSigns> beanstalk;
    std::string github;  ///< what shows it: ".github", "remote origin"; "" if nothing does
    std::string gitlab;
    bool django_sessions = false;  ///< Django keeps sessions in the database
    std::string local_python;      ///< a virtual environment of this checkout alone: ".venv"
};

RepositoryFacts facts_of(const Checkout& checkout);

}  // namespace lastgood
