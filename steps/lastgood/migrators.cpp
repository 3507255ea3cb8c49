#include "steps/lastgood/migrators.hpp"

#include "steps/lastgood/checkout.hpp"
#include "steps/lastgood/installers.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <regex>

namespace lastgood {

namespace {

bool is_aside(const std::string& path) {
    static const std::regex aside(
        "(^|/)(tests?|testdata|fixtures|examples?|samples?|docs?|vendor|third_party|"
        "node_modules|site-packages|\\.?venv)/");
    return std::regex_search(path, aside);
}

std::ptrdiff_t depth_of(const std::string& path) {
    return std::count(path.begin(), path.end(), '/');
}

/// The tracked paths that end with `ending` as whole parts, the nearest to the top first.
std::vector<std::string> paths_called(const Checkout& checkout, const std::string& ending) {
    std::vector<std::string> paths;
    for (const auto& path : checkout.files)
        if ((path == ending || path.ends_with("/" + ending)) && !is_aside(path)) paths.push_back(path);
    std::stable_sort(paths.begin(), paths.end(),
                     [](const auto& a, const auto& b) { return depth_of(a) < depth_of(b); });
    return paths;
}

void find_django(const Checkout& checkout, std::vector<Migrator>& found) {
    for (const auto& path : paths_called(checkout, "manage.py")) {
        if (checkout.read(path).find("django") == std::string::npos) continue;
        Migrator migrator{"django", directory_of(path), path, {}, "", {}, ""};
        let_python_run(migrator, {"python", "manage.py"}, checkout);
        found.push_back(std::move(migrator));
    }
}

void find_alembic(const Checkout& checkout, std::vector<Migrator>& found) {
    for (const auto& path : paths_called(checkout, "alembic.ini")) {
        Migrator migrator{"alembic", directory_of(path), path, {}, "", {}, ""};
        let_python_run(migrator, {"alembic"}, checkout);
        found.push_back(std::move(migrator));
    }
}

void find_rails(const Checkout& checkout, std::vector<Migrator>& found) {
    for (const auto& path : paths_called(checkout, "Rakefile")) {
        const std::string directory = directory_of(path);
        const std::string migrations = path_in(directory, "db/migrate");
        if (!checkout.has_below(migrations)) continue;
        const bool usual = checkout.has(path_in(directory, "bin/rails"));
        Migrator migrator{"rails", directory, migrations, {}, "", {}, ""};
        if (!usual) {
            migrator.program = {"rake"};
            migrator.program_sign = path + " without bin/rails";
        }
        let_bundler_install(migrator, checkout);
        found.push_back(std::move(migrator));
    }
}

void find_sqitch(const Checkout& checkout, std::vector<Migrator>& found) {
    for (const auto& path : paths_called(checkout, "sqitch.conf"))
        found.push_back({"sqitch", directory_of(path), path, {}, "", {}, ""});
}

bool is_of_dbmate(const Checkout& checkout, const std::string& path) {
    static const std::regex mark("^--\\s*migrate:up", std::regex::multiline);
    return std::regex_search(checkout.read(path), mark);
}

Migrator dbmate_in(const std::string& directory) {
    constexpr std::string_view k_usual = "db/migrations";
    const bool usual = directory == k_usual || directory.ends_with("/" + std::string(k_usual));
    Migrator migrator{"dbmate", ".", directory, {}, "", {}, ""};
    if (directory.size() > k_usual.size() && usual)
        migrator.directory = directory.substr(0, directory.size() - k_usual.size() - 1);
    if (!usual) {
        migrator.program = {"dbmate", "--migrations-dir", directory};
        migrator.program_sign = "they are not in db/migrations";
    }
    return migrator;
}

/// Directories that hold files of SQL, with their names.
std::map<std::string, std::vector<std::string>> directories_of_sql(const Checkout& checkout) {
    std::map<std::string, std::vector<std::string>> directories;
    for (const auto& path : checkout.files)
        if (path.ends_with(".sql") && !is_aside(path)) directories[directory_of(path)].push_back(file_name_of(path));
    return directories;
}

/// Numbered, and none that another migrator calls its way up.
bool are_numbered(const std::vector<std::string>& names) {
    static const std::regex numbered("[0-9]+_.+\\.sql");
    return std::all_of(names.begin(), names.end(), [](const std::string& name) {
        return std::regex_match(name, numbered) && !name.ends_with(".up.sql");
    });
}

void find_sql(const Checkout& checkout, std::vector<Migrator>& found) {
    for (const auto& [directory, names] : directories_of_sql(checkout)) {
        if (!are_numbered(names)) continue;
        if (is_of_dbmate(checkout, path_in(directory, names.front())))
            found.push_back(dbmate_in(directory));
        else
            found.push_back({"sql", directory, path_in(directory, names.front()), {}, "", {}, ""});
    }
}

std::size_t rank_of(const std::string& framework) {
    constexpr std::array<std::string_view, 6> order{"django", "alembic", "rails", "sqitch", "dbmate", "sql"};
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), framework) - order.begin());
}

}  // namespace

std::vector<Migrator> find_migrators(const Checkout& checkout) {
    std::vector<Migrator> found;
    find_django(checkout, found);
    find_alembic(checkout, found);
    find_rails(checkout, found);
    find_sqitch(checkout, found);
    find_sql(checkout, found);
    std::stable_sort(found.begin(), found.end(), [](const Migrator& a, const Migrator& b) {
        return std::pair(rank_of(a.framework), depth_of(a.sign)) < std::pair(rank_of(b.framework), depth_of(b.sign));
    });
    return found;
}

}  // namespace lastgood
