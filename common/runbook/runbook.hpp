#pragma once

#include "core/facts.hpp"
#include "database/fence.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// How a server is reached. No secret is in it.
struct RunbookServer {
    std::map<std::string, std::string> variables;  ///< PGHOST, PGPORT, ...: as libpq reads them
    std::string password_in;                       ///< where its password is: "$DATABASE_URL"; "": nobody said
};

/// Words, and the commands that they are about; commands may be empty.
struct RunbookBlock {
    std::string words;
    std::string commands;
};

/// What keeps the application out from capture to verdict.
struct RunbookFence {
    RaisedFence fence;
    std::optional<RunbookServer> as;  ///< who may lift it, where that is another role
};

/// A restore point whose objects make a database again.
struct RunbookObjects {
    std::string engine;                ///< "snapshot" or "pg_dump"
    std::vector<std::string> keys;     ///< relative to the restore point, as they are in the store
    std::vector<std::string> digests;  ///< SHA-256 of each
    bool encrypted = false;
    DatabaseProperties properties;
    std::vector<TableFacts> tables;
    std::vector<std::string> subscriptions;  ///< left out
};

/// The databases of a return by which one of them takes the other's place.
struct RunbookSwap {
    std::string standby;   ///< kept and sealed; "": none
    std::string by_hand;   ///< that a person makes where there is no standby
    std::string failed;    ///< what the live one is called once it was put aside
    std::string returned;  ///< what the restored one is called once a return was undone
    bool done = false;     ///< the live one is the restored one already
    int connection_limit = -1;
    std::optional<std::string> comment;
    std::uint64_t sequence_margin = 0;
    /// Marks for both (database_mark.hpp), by which lastgood knows afterwards what a person did: successor 0,
    /// k_mark_snapshot and k_mark_time stand for what is known then only.
    std::string failed_mark;
    std::string returned_mark;
    /// Where the application is told which database it has, and the databases keep their names: the commands that point
    /// it at the standby (once it is done: at the live one) or what a person made, with the good release, and back at
    /// `failed`, with the release of this run. "" where the database takes the live one's name.
    std::string point_at_standby;
    std::string point_at_by_hand;
    std::string point_back;
    bool renames() const { return point_back.empty(); }
    std::optional<RunbookObjects> objects;
};
constexpr const char* k_mark_snapshot = "@snapshot@";
constexpr const char* k_mark_time = "@time@";

/// A return that somebody else's commands make: pgBackRest's, a platform's.
struct RunbookForeign {
    std::vector<RunbookBlock> back;
    std::vector<RunbookBlock> undo;
};

/// A revision, and how it comes into service.
struct RunbookRelease {
    std::string commit;  ///< "": not known
    std::string git;     ///< the command that returns the branch; "": nothing is to be returned
    std::vector<RunbookBlock> deploy;
};

/// Everything that the paper runbook of a run says: what is not known yet is empty.
struct RunbookFacts {
    std::string run;
    std::string scope;
    std::string now;  ///< where the run stands: "nothing is migrated yet"
    RunbookServer server;
    int server_version = 0;  ///< major; 0: not known
    std::string live;
    std::string maintenance;                   ///< the database from which others are renamed
    std::string work_prefix;                   ///< of the names of lastgood's own sessions on the server
    bool may_be_closed = true;                 ///< by a return that was ended half-way
    std::optional<int> live_connection_limit;  ///< none: not known
    std::optional<RunbookFence> fence;
    std::vector<RunbookBlock> let_in;  ///< the platform's commands that let the application in again
    std::string restore_point;         ///< "": not taken yet
    std::vector<std::string> doubts;   ///< what speaks against returning the data to it
    std::string point_directory;       ///< where its objects are; "": they are fetched
    std::string point_fetch;           ///< the command that fetches them to $point; "": they are there already
    bool encrypted = false;
    std::optional<RunbookSwap> swap;
    std::optional<RunbookForeign> foreign;
    RunbookRelease good;
    RunbookRelease released;
    std::vector<std::string> places;  ///< lines of "Where everything is"
};

/// The whole, in Markdown: sections by situation, each command in a block of its own that a shell (bash) takes as it
/// stands.
std::string runbook_text(const RunbookFacts& facts);

/// The commands of "Return the data to the restore point" alone, the first way, its words as comments: for whoever has
/// just seen a rollback fail. "" if there is nothing to return, or to return to.
std::string return_commands(const RunbookFacts& facts);

}  // namespace lastgood
