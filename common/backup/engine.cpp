#include "backup/engine.hpp"

#include "backup/in_place_engine.hpp"
#include "backup/pg_dump_engine.hpp"
#include "backup/snapshot_engine.hpp"
#include "core/failure.hpp"
#include "core/names.hpp"

namespace lastgood {

std::unique_ptr<ExportedSnapshot> Engine::snapshot(const ConnectionUrl& url, const std::string& application_name,
                                                   Interruption& interruption, const std::string& /*restore_point*/) {
    return std::make_unique<ExportedSnapshot>(url, application_name, interruption);
}

const std::vector<EngineRow>& engines() {
    static const std::vector<EngineRow> rows{{"snapshot", make_snapshot_engine}, {"pg_dump", make_pg_dump_engine}};
    return rows;
}

std::unique_ptr<DatabaseEngine> make_engine(const std::string& name, const EngineContext& context) {
    std::vector<std::string> names;
    for (const auto& row : engines()) {
        if (row.name == name) return row.make(context);
        names.push_back(row.name);
    }
    const std::string near = nearest(name, names);
    if (is_in_place_engine(name)) return make_in_place_engine(name, context);
    throw Failure(ExitCode::usage,
                  "there is no engine \"" + name + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
                  "nothing", "set backup-capture.engine to snapshot or pg_dump");
}

}  // namespace lastgood
