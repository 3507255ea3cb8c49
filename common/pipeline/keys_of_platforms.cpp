#include "pipeline/keys_of_platforms.hpp"

namespace lastgood {

const Section& heroku_section() {
    static const Section section{
        "heroku",
        "of platform heroku: the app; HEROKU_API_KEY in the environment is who we are",
        {
            {.name = "app", .kind = Kind::name, .help = "its name", .required = true, .example = "shop"},
            {.name = "database",
             .help = "the config var that names its database",
             .fallback = "DATABASE_URL",
             .example = "DATABASE_URL"},
            {.name = "git",
             .help = "where revisions are pushed to be built; without it https://git.heroku.com/APP.git",
             .example = "https://git.heroku.com/shop.git"},
            {.name = "branch", .help = "the branch that is built", .fallback = "main"},
            {.name = "program", .kind = Kind::argv, .help = "Heroku's CLI", .fallback = "[heroku]"},
            {.name = "timeout",
             .kind = Kind::duration,
             .help = "of one build, release, backup or restore",
             .fallback = "30m",
             .minimum = 1000},
            {.name = "poll",
             .kind = Kind::duration,
             .help = "how often it is asked whether it is done",
             .fallback = "3s",
             .minimum = 10},
        }};
    return section;
}

namespace {

const Section& variables_section() {
    static const Section section{
        "variables",
        "what the environment's properties call the parts of the database's address",
        {
            {.name = "name", .help = "of the database", .fallback = "DATABASE_NAME"},
            {.name = "user", .help = "the role", .fallback = "DATABASE_USER"},
            {.name = "password", .help = "its password", .fallback = "DATABASE_PASSWORD"},
            {.name = "host", .help = "of the server", .fallback = "DATABASE_HOST"},
            {.name = "port", .help = "of the server; 5432 where the environment has none", .fallback = "DATABASE_PORT"},
        }};
    return section;
}

}  // namespace

const Section& beanstalk_section() {
    static const Section section{
        "elastic_beanstalk",
        "of platform elastic_beanstalk: the environment; AWS's own variables are who we are",
        {
            {.name = "application", .help = "its name", .required = true, .example = "shop"},
            {.name = "environment", .help = "that serves it", .required = true, .example = "shop-prod"},
            {.name = "workers",
             .kind = Kind::texts,
             .help = "worker environments of the same application, which stand still while writers are kept out",
             .example = "[shop-worker]"},
            {.name = "bucket",
             .help = "of S3, for the source bundles; without it the one that Elastic Beanstalk makes for the account",
             .example = "shop-releases"},
            {.name = "prefix", .help = "of the bundles' keys", .example = "lastgood/"},
            {.name = "instance", .help = "of RDS; for engine rds", .example = "shop-db"},
            {.name = "region", .help = "without it the CLI's own", .example = "eu-central-1"},
            {.name = "endpoint",
             .kind = Kind::http_url,
             .help = "in the place of AWS's own, for tests",
             .example = "http://127.0.0.1:8790"},
            {.name = "program", .kind = Kind::argv, .help = "AWS's CLI", .fallback = "[aws]"},
            {.name = "timeout",
             .kind = Kind::duration,
             .help = "of one update, snapshot or restore",
             .fallback = "30m",
             .minimum = 1000},
            {.name = "poll",
             .kind = Kind::duration,
             .help = "how often it is asked whether it is done",
             .fallback = "5s",
             .minimum = 10},
            {.name = "variables",
             .kind = Kind::section,
             .help = variables_section().help,
             .section = variables_section},
        }};
    return section;
}

}  // namespace lastgood
