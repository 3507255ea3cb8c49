#pragma once

#include "gate/program_statement.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class GateListener;
struct GateSession;

/// What the statements of a program do to its scope (gate_scope.hpp), in place of what the server would do. Answers are
/// messages for the program.
class GateControl {
  public:
    GateControl(GateSession& session, GateListener& listener) : m_session(session), m_listener(listener) {}

    struct Reading {
        std::vector<ProgramStatement> statements;
        std::string refused;  ///< the error, "" if the text can be dealt with
    };
    /// A text, as the session's settings would have the server read it.
    Reading read(std::string_view text);

    /// It is answered here, and the server does not get it.
    bool is_ours(const ProgramStatement& statement) const;
    struct Answer {
        std::string octets;
        bool failed = false;
    };
    Answer perform(const ProgramStatement& statement);

    /// Outside of a block, before the server gets something to do; and when that is done: "" or the error.
    void open_unit();
    std::string end_unit();
    /// 'I', 'T' or 'E', as the program would see it.
    char status() const;

  private:
    std::string refuse(const char* sqlstate, const std::string& words);
    Answer refused(const char* sqlstate, const std::string& words);
    Answer begin(const ProgramStatement& statement);
    Answer commit();
    Answer rollback();
    Answer completed(const std::string& notice, const char* tag) const;

    GateSession& m_session;
    GateListener& m_listener;
};

}  // namespace lastgood
