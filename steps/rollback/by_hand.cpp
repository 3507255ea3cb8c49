#include "steps/rollback/by_hand.hpp"

#include "record/restore_points.hpp"

namespace lastgood {

std::string by_hand(const Manifest& manifest, const std::string& objects, const std::string& live) {
    const std::string beside = live + "_by_hand";
    return "the restore point is at " + objects + "\nby hand, as the owner of \"" + live + "\":\n" +
           "  createdb -T template0 -O '" + manifest.properties.owner + "' '" + beside + "'\n" +
           "  pg_restore -j 2 --exit-on-error -d '" + beside + "' '" + objects + "dump'\n" +
           "  psql -d postgres -c 'ALTER DATABASE \"" + live + "\" ALLOW_CONNECTIONS false'\n" +
           "  psql -d postgres -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + live +
           "'\"\n" + "  psql -d postgres -1 -c 'ALTER DATABASE \"" + live + "\" RENAME TO \"" + live +
           "_failed\"' -c 'ALTER DATABASE \"" + beside + "\" RENAME TO \"" + live + "\"'";
}

}  // namespace lastgood
