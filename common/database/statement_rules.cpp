#include "database/statement_rules.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace lastgood {

namespace {

using Words = std::vector<std::string>;

bool begins(const Words& words, std::initializer_list<std::string_view> prefix) {
    return words.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), words.begin());
}

bool has(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool has_sequence(const Words& words, std::initializer_list<std::string_view> sequence) {
    return std::search(words.begin(), words.end(), sequence.begin(), sequence.end()) != words.end();
}

bool returns_to_savepoint(const Words& words) {
    return begins(words, {"ROLLBACK", "TO"}) || begins(words, {"ROLLBACK", "WORK", "TO"}) ||
           begins(words, {"ROLLBACK", "TRANSACTION", "TO"});
}

bool works_on_index_concurrently(const Words& words, const Words& inner) {
    if (begins(words, {"REINDEX"})) return has(words, "CONCURRENTLY") || has(inner, "CONCURRENTLY");
    return begins(words, {"CREATE", "INDEX", "CONCURRENTLY"}) ||
           begins(words, {"CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"}) ||
           begins(words, {"DROP", "INDEX", "CONCURRENTLY"});
}

bool reindexes_many_tables(const Words& words) {
    return begins(words, {"REINDEX", "SCHEMA"}) || begins(words, {"REINDEX", "DATABASE"}) ||
           begins(words, {"REINDEX", "SYSTEM"});
}

bool clusters_all_tables(const Words& words) {
    return begins(words, {"CLUSTER"}) && (words.size() == 1 || (words.size() == 2 && words[1] == "VERBOSE"));
}

bool works_on_cluster_objects(const Words& words) {
    for (const std::string_view verb : {"CREATE", "DROP"}) {
        if (begins(words, {verb, "DATABASE"}) || begins(words, {verb, "TABLESPACE"})) return true;
    }
    return begins(words, {"ALTER", "SYSTEM"}) ||
           (begins(words, {"ALTER", "DATABASE"}) && has_sequence(words, {"SET", "TABLESPACE"}));
}

bool makes_replication_slot(const Words& words, const Words& inner) {
    return begins(words, {"CREATE", "SUBSCRIPTION"}) && !has(inner, "CREATE_SLOT") && !has(inner, "CONNECT") &&
           !has(inner, "SLOT_NAME");
}

bool detaches_concurrently(const Words& words) {
    return begins(words, {"ALTER", "TABLE"}) && has_sequence(words, {"DETACH", "PARTITION"}) &&
           words.back() == "CONCURRENTLY";
}

}  // namespace

bool controls_transactions(const SqlStatement& statement) {
    const Words& words = statement.words;
    if (words.empty() || returns_to_savepoint(words)) return false;
    for (const std::string_view word : {"BEGIN", "COMMIT", "ROLLBACK", "END", "ABORT"}) {
        if (words[0] == word) return true;
    }
    return begins(words, {"START", "TRANSACTION"}) || begins(words, {"PREPARE", "TRANSACTION"});
}

bool needs_no_transaction(const SqlStatement& statement) {
    const Words& words = statement.words;
    return begins(words, {"VACUUM"}) || begins(words, {"DISCARD", "ALL"}) || clusters_all_tables(words) ||
           works_on_index_concurrently(words, statement.inner_words) || reindexes_many_tables(words) ||
           works_on_cluster_objects(words) || detaches_concurrently(words) ||
           makes_replication_slot(words, statement.inner_words);
}

bool writes_rows_only(const SqlStatement& statement) {
    const Words& words = statement.words;
    if (controls_transactions(statement)) return false;  // PREPARE TRANSACTION is no PREPARE
    if (words.empty() || has(words, "INTO")) return begins(words, {"INSERT"}) || begins(words, {"MERGE"});
    for (const std::string_view verb :
         {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "SELECT", "WITH", "VALUES", "SET", "RESET", "SHOW", "EXPLAIN",
          "ANALYZE", "SAVEPOINT", "RELEASE", "PREPARE", "EXECUTE", "DEALLOCATE"}) {
        if (words[0] == verb) return true;
    }
    return false;
}

bool changes_shared_objects(const SqlStatement& statement) {
    const Words& words = statement.words;
    if (words.size() < 2) return false;
    if (begins(words, {"ALTER", "SYSTEM"})) return true;
    const bool names_one = words[1] == "ROLE" || words[1] == "GROUP" || words[1] == "DATABASE" ||
                           words[1] == "TABLESPACE" ||
                           (words[1] == "USER" && (words.size() < 3 || words[2] != "MAPPING"));
    if (words[0] == "CREATE" || words[0] == "ALTER" || words[0] == "DROP") return names_one;
    if (words[0] == "COMMENT")
        return has_sequence(words, {"ON", "DATABASE"}) || has_sequence(words, {"ON", "ROLE"}) ||
               has_sequence(words, {"ON", "TABLESPACE"});
    if (words[0] != "GRANT" && words[0] != "REVOKE") return false;
    // Without ON it is about membership.
    return !has(words, "ON") || has_sequence(words, {"ON", "DATABASE"}) || has_sequence(words, {"ON", "TABLESPACE"});
}

bool hides_changed_rows(const SqlStatement& statement) {
    const Words& words = statement.words;
    if (words.empty()) return false;
    if (words[0] == "TRUNCATE" || words[0] == "DROP") return true;
    if (words[0] != "WITH") return false;
    const Words& inner = statement.inner_words;
    return has(inner, "INSERT") || has(inner, "UPDATE") || has(inner, "DELETE") || has(inner, "MERGE");
}

bool may_end_transactions(const SqlStatement& statement) {
    return begins(statement.words, {"CALL"}) || begins(statement.words, {"DO"});
}

}  // namespace lastgood
