#pragma once

#include "steps/lastgood/repository_facts.hpp"

#include <optional>
#include <string>

namespace lastgood {

struct Checkout;

/// "shop" of "https://git.heroku.com/shop.git", "" of what is no remote of Heroku's.
std::string app_of_heroku(const std::string& url);
/// By a remote; of several the one called heroku or production.
std::optional<HerokuSigns> signs_of_heroku(const Checkout& checkout);
/// By .ebextensions and .elasticbeanstalk. The latter is seldom tracked: its config.yml is read from the work tree, for
/// the environment that `branch` is deployed to.
std::optional<BeanstalkSigns> signs_of_beanstalk(const Checkout& checkout, const std::string& branch);

}  // namespace lastgood
