#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// A commit, named in full, and the tree it holds. The loop guard compares trees.
struct Revision {
    std::string commit;  ///< 40 hex digits
    std::string tree;    ///< 40 hex digits
    friend bool operator==(const Revision&, const Revision&) = default;
};

/// Which database this is, whatever its name: the environment is bound to it.
struct DatabaseIdentity {
    std::string system_identifier;  ///< pg_control_system(), "" where the role may not read it
    std::uint32_t oid = 0;          ///< pg_database.oid
    std::string name;
    std::string address;  ///< "host:port" or the socket directory, without secrets
    friend bool operator==(const DatabaseIdentity&, const DatabaseIdentity&) = default;
};

/// The same oid on the same server, told by its identifier or, where the role may not read that, by its address.
bool same_database(const DatabaseIdentity& one, const DatabaseIdentity& other);

struct ColumnFacts {
    std::string name;
    int number = 0;  ///< pg_attribute.attnum
    std::string type;
    friend bool operator==(const ColumnFacts&, const ColumnFacts&) = default;
};

/// A table with rows of its own (ordinary, partition or inherited; not the partitioned parent), as one snapshot saw it.
struct TableFacts {
    std::string schema;
    std::string name;
    std::uint32_t oid = 0;
    std::uint32_t filenode = 0;  ///< changes when the table is rewritten
    std::vector<ColumnFacts> columns;
    std::vector<std::string> key;  ///< columns of the primary key, in its order; empty without one
    std::uint64_t rows = 0;
    std::string digest;  ///< content digest format 1, "<sum>/<rows>"; "" where it was not computed
    std::vector<std::string> column_names() const;
    std::string qualified() const { return schema + "." + name; }
};

struct SequenceFacts {
    std::string schema;
    std::string name;
    std::optional<std::int64_t> last_value;  ///< none: never used
    std::int64_t increment = 1;
    std::string qualified() const { return schema + "." + name; }
};

/// Everything the proof compares, as one snapshot saw it.
struct ContentFacts {
    std::vector<TableFacts> tables;        ///< in order of qualified name
    std::vector<SequenceFacts> sequences;  ///< not part of a snapshot: restored >= seen
    std::string large_objects;             ///< "<sum>/<count>", "0/0" without any
    std::vector<std::string>
        not_compared;  ///< what has no digest and why ("public.v: materialized view, refreshed by a restore")
};

/// Properties of the database itself, which neither pg_dump nor TEMPLATE carries into another name.
struct DatabaseProperties {
    std::string owner;
    std::string encoding;
    std::string collate;
    std::string ctype;
    std::string locale_provider;  ///< "c" libc, "i" ICU, "b" builtin
    std::string icu_locale;       ///< "" where the provider is not ICU
    std::string tablespace;
    int connection_limit = -1;
    std::optional<std::string> comment;
    std::vector<std::string> acl;  ///< aclitems in text form, sorted; none: the default
    bool acl_is_default = true;
    /// role ("" for ALTER DATABASE ... SET) -> "name=value" entries as pg_db_role_setting keeps them
    std::map<std::string, std::vector<std::string>> settings;
    friend bool operator==(const DatabaseProperties&, const DatabaseProperties&) = default;
};

/// Where the schema stands.
struct SchemaState {
    std::vector<std::string> heads;  ///< what the framework calls applied, sorted
    std::string fingerprint;         ///< SHA-256 of the normalised schema dump
    friend bool operator==(const SchemaState&, const SchemaState&) = default;
};

/// What a rollback to a restore point would throw away in one table.
struct TableLoss {
    std::string table;           ///< qualified name
    std::uint64_t certain = 0;   ///< written by others since the snapshot, outside migrate's window
    std::uint64_t possible = 0;  ///< written inside the window while others could write too
    bool upper_bound = false;    ///< the table was rewritten: row versions say nothing, the numbers are limits
    std::string note;            ///< "dropped by the migration", ...
};

struct LossReport {
    std::vector<TableLoss> tables;  ///< only those with something to say
    std::uint64_t certain() const;
    std::uint64_t possible() const;
};

}  // namespace lastgood
