// What a hotfix by hand leaves in a repository: a script of credentials, settings that point at production.
#include "outside/files.hpp"
#include "steps/lastgood/finding.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t k_longest_file = 1UL << 20U;

/// Of files that exist for nothing else. Examples end in .example or the like and are none.
bool is_named_like_one(const std::string& name) {
    static const std::regex pattern(
        "\\.env(\\.production|\\.prod)?|\\.pgpass|\\.netrc|id_(rsa|ed25519|ecdsa)|"
        "(set_?|prod_?|production_?)?(credentials|secrets)(_prod|_production)?\\.(py|sh|json|ya?ml|env)",
        std::regex::icase);
    return std::regex_match(name, pattern);
}

struct Kind {
    const char* what;
    std::regex pattern;
};

const std::array<Kind, 4>& kinds() {
    static const std::array<Kind, 4> all{
        {{"a private key", std::regex("-----BEGIN [A-Z ]*PRIVATE KEY-----")},
         {"an access key of AWS", std::regex("\\bA(KIA|SIA)[0-9A-Z]{16}\\b")},
         // A server of this machine, or one in a network of containers, is nobody's production.
         {"a database's URL with a password",
          std::regex(
              "postgres(ql)?://[^:/@ \"'$<{]+:[^@/ \"'$<{]+@(?!127\\.|localhost|example\\.)[A-Za-z0-9-]+\\.[A-Za-z]")},
         {"a password of the database",
          std::regex("(DATABASE|RDS|PG|DB)_?PASSWORD['\"]?\\]?[ \\t]*[=:][ \\t]*['\"][^'\"${<]{4,}['\"]")}}};
    return all;
}

}  // namespace

std::vector<Finding> secrets_in(const fs::path& tree) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(tree))
        if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<Finding> findings;
    const auto found = [&](const fs::path& file, const std::string& what) {
        findings.push_back({Weight::trouble, "secrets", fs::relative(file, tree).string() + what,
                            "take it out of the repository and change what it names: its history keeps it"});
    };
    for (const auto& file : files) {
        if (is_named_like_one(file.filename().string())) {
            found(file, " is a file of credentials");
            continue;
        }
        if (fs::file_size(file) > k_longest_file) continue;
        const std::string text = read_file(file);
        if (text.find('\0') != std::string::npos) continue;
        for (const auto& kind : kinds()) {
            if (!std::regex_search(text, kind.pattern)) continue;
            found(file, std::string(" holds ") + kind.what);
            break;
        }
    }
    return findings;
}

}  // namespace lastgood
