#include "database/row_judgement.hpp"

#include "database/losses.hpp"
#include "database/row_versions.hpp"
#include "database/session.hpp"

#include <charconv>
#include <map>
#include <stdexcept>

namespace lastgood {
namespace {

struct OwnTransaction {
    std::uint64_t first;
    std::uint64_t next;
};

OwnTransaction parse_own(const std::string& pair) {
    OwnTransaction own{};
    const char* const end = pair.data() + pair.size();
    const auto first = std::from_chars(pair.data(), end, own.first);
    const bool more = first.ec == std::errc() && first.ptr != end && *first.ptr == ':';
    const auto next = std::from_chars(more ? first.ptr + 1 : end, end, own.next);
    if (!more || next.ec != std::errc() || next.ptr != end) {
        throw std::invalid_argument("not a noted transaction: " + pair);
    }
    return own;
}

struct OwnSql {
    std::string exact = "false";
    std::string between = "false";
};

OwnSql own_sql(const std::string& transaction, const std::vector<std::string>& pairs) {
    if (pairs.empty()) return {};
    std::string firsts;
    std::string ranges;
    for (const auto& pair : pairs) {
        const OwnTransaction own = parse_own(pair);
        const std::string first = std::to_string(own.first);
        firsts += (firsts.empty() ? "" : ",") + first;
        if (!ranges.empty()) ranges += " OR ";
        ranges.append("(").append(transaction).append(" > ").append(first);
        ranges.append(" AND ").append(transaction).append(" < ").append(std::to_string(own.next)).append(")");
    }
    return {transaction + " = ANY ('{" + firsts + "}'::bigint[])", ranges};
}

std::string kind_sql(const LossQuestion& question, const OwnSql& own) {
    const std::string in_begin =
        question.window_begin.empty() ? "true" : "NOT " + newer_than_snapshot_sql("xmin", question.window_begin);
    const std::string after_end =
        question.window_end.empty() ? "false" : newer_than_snapshot_sql("xmin", question.window_end);
    return "CASE WHEN " + perhaps_newer_sql("xmin", question.snapshot) + " THEN 'perhaps' WHEN NOT " +
           newer_than_snapshot_sql("xmin", question.snapshot) + " THEN 'older' WHEN " + own.exact + " THEN CASE WHEN " +
           in_begin + " THEN 'own_before' ELSE 'own' END WHEN " + in_begin + " THEN 'before' WHEN " + after_end +
           " THEN 'after' WHEN " + own.between + " THEN 'between' ELSE 'inside' END";
}

}  // namespace

NewerRows count_newer_rows(Session& session, const std::string& table, const LossQuestion& question) {
    const std::string transaction = transaction_since_sql("xmin", question.snapshot);
    const Rows rows = session.query(
        "SELECT kind, count(*) FROM (SELECT " + kind_sql(question, own_sql("transaction", question.own_transactions)) +
        " AS kind FROM (SELECT t.xmin, " + transaction + " AS transaction FROM ONLY " + table + " t WHERE " +
        since_snapshot_sql("t.xmin", question.snapshot) + ") newer) judged GROUP BY kind");
    std::map<std::string, std::uint64_t> counts;
    for (const auto& row : rows) counts[row[0].value()] = std::stoull(row[1].value());
    NewerRows newer;
    newer.before = counts["before"];
    newer.own_before = counts["own_before"];
    newer.own = counts["own"];
    newer.between = counts["between"];
    newer.inside = counts["inside"];
    newer.after = counts["after"];
    newer.perhaps = counts["perhaps"];
    return newer;
}

}  // namespace lastgood
