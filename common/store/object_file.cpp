#include "store/object_file.hpp"

#include "outside/descriptor.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_block = 256UL * 1024;

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
    const int error = errno;
    throw StoreError("cannot " + what + " " + path.string() + ": " + std::system_category().message(error),
                     error == ENOSPC || error == EDQUOT);
}

class FileWriter : public ObjectWriter {
  public:
    explicit FileWriter(fs::path path)
        : m_path(std::move(path)),
          m_draft(m_path.parent_path() / ".draft-XXXXXX"),
          m_file(::mkostemp(m_draft.data(), O_CLOEXEC)) {
        if (!m_file) fail("write", m_path);
    }
    ~FileWriter() override {
        if (m_file) ::unlink(m_draft.c_str());
    }
    FileWriter(const FileWriter&) = delete;
    FileWriter& operator=(const FileWriter&) = delete;

    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = ::write(m_file.number(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail("write", m_path);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void finish() override {
        if (::rename(m_draft.c_str(), m_path.c_str()) != 0) fail("write", m_path);
        m_file.reset();
    }

  private:
    fs::path m_path;
    std::string m_draft;
    Descriptor m_file;
};

class FileReader : public ObjectReader {
  public:
    explicit FileReader(fs::path path)
        : m_path(std::move(path)), m_file(::open(m_path.c_str(), O_RDONLY | O_CLOEXEC)), m_block(k_block, '\0') {
        if (!m_file) fail("read", m_path);
    }
    std::string_view read() override {
        for (;;) {
            const ssize_t got = ::read(m_file.number(), m_block.data(), m_block.size());
            if (got >= 0) return {m_block.data(), static_cast<std::size_t>(got)};
            if (errno != EINTR) fail("read", m_path);
        }
    }

  private:
    fs::path m_path;
    Descriptor m_file;
    std::string m_block;
};

}  // namespace

std::unique_ptr<ObjectWriter> write_object_file(fs::path path) {
    return std::make_unique<FileWriter>(std::move(path));
}

std::unique_ptr<ObjectReader> read_object_file(const fs::path& path) {
    return std::make_unique<FileReader>(path);
}

}  // namespace lastgood
