#include "record/age.hpp"

#include "core/failure.hpp"
#include "outside/filter.hpp"
#include "outside/process.hpp"

#include <exception>
#include <functional>
#include <thread>

namespace lastgood {

namespace {

constexpr const char* k_program = "age";

/// The other end of a filter: what must run while we write to it or read from it.
class OtherEnd {
  public:
    OtherEnd(Filter& filter, const std::function<void()>& work)
        : m_thread([this, &filter, work] {
              try {
                  work();
              } catch (const FilterEnded&) {
                  // Why, its end tells.
              } catch (...) {
                  m_error = std::current_exception();
                  filter.kill();
              }
          }) {}
    ~OtherEnd() {
        if (m_thread.joinable()) m_thread.join();
    }
    OtherEnd(const OtherEnd&) = delete;
    OtherEnd& operator=(const OtherEnd&) = delete;

    /// Waits for it; throws what ended it.
    void join() {
        if (m_thread.joinable()) m_thread.join();
        if (m_error) std::rethrow_exception(m_error);
    }

  private:
    std::exception_ptr m_error;
    std::thread m_thread;
};

class Encrypting : public ObjectWriter {
  public:
    Encrypting(std::unique_ptr<Filter> filter, std::unique_ptr<ObjectWriter> object)
        : m_object(std::move(object)), m_filter(std::move(filter)), m_output(*m_filter, [this] {
              for (auto block = m_filter->read(); !block.empty(); block = m_filter->read()) m_object->write(block);
          }) {}
    ~Encrypting() override { m_filter->kill(); }
    Encrypting(const Encrypting&) = delete;
    Encrypting& operator=(const Encrypting&) = delete;

    void write(std::string_view bytes) override {
        try {
            m_filter->write(bytes);
        } catch (const FilterEnded&) {
            end();
            throw failure("it took no more");
        }
    }
    void finish() override {
        m_filter->close_input();
        end();
        m_object->finish();
    }

  private:
    static Failure failure(const std::string& words) {
        return {ExitCode::failed_clean, "age could not encrypt the restore point: " + words, "nothing",
                "correct encrypt.recipients in the pipeline, then: lastgood backup-capture"};
    }
    void end() {
        m_output.join();
        if (const std::string words = m_filter->end(); !words.empty()) throw failure(words);
    }

    std::unique_ptr<ObjectWriter> m_object;
    std::unique_ptr<Filter> m_filter;
    OtherEnd m_output;
};

class Decrypting : public ObjectReader {
  public:
    Decrypting(std::unique_ptr<Filter> filter, std::unique_ptr<ObjectReader> object)
        : m_object(std::move(object)), m_filter(std::move(filter)), m_input(*m_filter, [this] {
              for (auto block = m_object->read(); !block.empty(); block = m_object->read()) m_filter->write(block);
              m_filter->close_input();
          }) {}
    ~Decrypting() override { m_filter->kill(); }
    Decrypting(const Decrypting&) = delete;
    Decrypting& operator=(const Decrypting&) = delete;

    std::string_view read() override {
        if (m_ended) return {};
        const std::string_view block = m_filter->read();
        if (block.empty()) end();
        return block;
    }

  private:
    void end() {
        m_ended = true;
        m_input.join();
        const std::string words = m_filter->end();
        if (words.empty()) return;
        throw Failure(ExitCode::failed_clean, "an object of the restore point cannot be decrypted: " + words, "nothing",
                      "set LASTGOOD_AGE_IDENTITY_FILE to an identity that encrypt.recipients named when it was taken");
    }

    std::unique_ptr<ObjectReader> m_object;
    std::unique_ptr<Filter> m_filter;
    OtherEnd m_input;
    bool m_ended = false;
};

std::unique_ptr<Filter> start(Processes& processes, std::vector<std::string> argv) {
    Command command;
    command.argv = std::move(argv);
    return processes.filter(command);
}

}  // namespace

std::unique_ptr<ObjectWriter> encrypt(Processes& processes, const std::vector<std::string>& recipients,
                                      std::unique_ptr<ObjectWriter> object) {
    std::vector<std::string> argv{k_program, "--encrypt"};
    for (const std::string& recipient : recipients) {
        argv.emplace_back("--recipient");
        argv.push_back(recipient);
    }
    return std::make_unique<Encrypting>(start(processes, std::move(argv)), std::move(object));
}

std::unique_ptr<ObjectReader> decrypt(Processes& processes, const std::filesystem::path& identities,
                                      std::unique_ptr<ObjectReader> object) {
    return std::make_unique<Decrypting>(start(processes, {k_program, "--decrypt", "--identity", identities.string()}),
                                        std::move(object));
}

}  // namespace lastgood
