#include "database/creation_statement.hpp"

#include "database/session.hpp"

namespace lastgood {

namespace {

std::string locale_clause(const DatabaseProperties& like) {
    std::string clause = " LC_COLLATE " + quoted_literal(like.collate) + " LC_CTYPE " + quoted_literal(like.ctype);
    if (like.locale_provider == "i") {
        clause += " LOCALE_PROVIDER icu ICU_LOCALE " + quoted_literal(like.icu_locale);
    } else if (like.locale_provider == "b") {
        clause += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + quoted_literal(like.icu_locale);
    }
    return clause;
}

}  // namespace

std::string creation_statement(const std::string& name, const DatabaseProperties& like) {
    return "CREATE DATABASE " + quoted_name(name) + " TEMPLATE template0 ENCODING " + quoted_literal(like.encoding) +
           locale_clause(like);
}

}  // namespace lastgood
