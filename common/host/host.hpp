#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lastgood {

class Environment;

/// What became of a run, for the programs that come after ours in a pipeline of the host's. Values are ids, words and
/// commits: a host drops what could hold a secret.
struct RunOutputs {
    std::string run_id;
    /// "good", "rolled-back", "failed-clean", "abandoned", "open"; "none": there was no run; "interrupted": a signal
    /// ended us; "unknown": the record could not be read
    std::string outcome;
    std::string revision = {};
    std::string restore_point = {};  ///< "" : none was taken
    bool rolled_back = false;
};

enum class Severity { warning, error };

/// A line that the host shows apart from the log.
struct Annotation {
    Severity severity = Severity::error;
    std::string title;
    std::string text;       ///< may have several lines
    std::string file = {};  ///< "" : it is about none
    int line = 0;           ///< 0: unknown
    int column = 0;
};

/// Who started us: what it calls the run, and how it is spoken to. Lines that are to be printed carry no newline; ""
/// says that this host has no such thing.
class Host {
  public:
    virtual ~Host() = default;

    virtual std::string name() const = 0;  ///< "github", "gitlab", "terminal"
    /// "github-42", stable over reruns; "" : it has none.
    virtual std::string run_id() const { return ""; }
    /// Counts reruns, from 1.
    virtual int attempt() const { return 1; }
    /// "" : nobody is named.
    virtual std::string actor() const { return ""; }
    /// The address of the page that shows this run or job; "".
    virtual std::string page() const { return ""; }
    /// The host was asked to debug: more is said.
    virtual bool is_debugging() const { return false; }
    /// Why its log may hold secrets that are not ours to keep out; "" : it does not.
    virtual std::string exposure() const { return ""; }
    /// Its log shows colours although it is no terminal.
    virtual bool shows_colour() const { return false; }

    /// Hides `secret` (one line) in everything the host prints from now on.
    virtual std::string mask(std::string_view secret) const;
    /// A part of the log that can be folded away. `name`: [a-z-], the same for both.
    virtual std::string open_section(std::string_view name, std::string_view title) const;
    virtual std::string close_section(std::string_view name) const;
    /// "" too where the host would not show one more.
    virtual std::string annotate(const Annotation& annotation);
    /// An annotation stands in for the log's own line, and need not be said twice.
    virtual bool annotation_is_log_line() const { return false; }

    /// publish() reaches somebody.
    virtual bool takes_outputs() const { return false; }
    /// Hands `outputs` to what comes after us. Throws std::system_error if the host's file cannot be written.
    virtual void publish(const RunOutputs& outputs) const;
    /// How many bytes of Markdown may still be shown; nullopt: it shows none.
    virtual std::optional<std::size_t> room_for_summary() const { return std::nullopt; }
    /// Appends; what is too long is cut, with a word. Throws std::system_error.
    virtual void summarise(const std::string& markdown) const;
};

/// The host that `environment` tells of.
std::unique_ptr<Host> make_host(const Environment& environment);

}  // namespace lastgood
