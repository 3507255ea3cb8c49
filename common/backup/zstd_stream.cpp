#include "backup/zstd_stream.hpp"

#include <algorithm>
#include <vector>
#include <zstd.h>

namespace lastgood {

namespace {

constexpr std::size_t k_block = 256UL * 1024;
constexpr int k_least = -50;

struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct ZstdWriter::State {
    std::unique_ptr<ObjectWriter> object;
    std::unique_ptr<ZSTD_CCtx, FreeCompressor> context{ZSTD_createCCtx()};
    std::vector<char> out = std::vector<char>(ZSTD_CStreamOutSize());
};

ZstdWriter::ZstdWriter(std::unique_ptr<ObjectWriter> object, int level)
    : m_state(std::make_unique<State>(State{std::move(object)})) {
    ZSTD_CCtx_setParameter(m_state->context.get(), ZSTD_c_compressionLevel, level == 0 ? k_least : level);
    ZSTD_CCtx_setParameter(m_state->context.get(), ZSTD_c_checksumFlag, 1);
    m_pending.reserve(k_block);
}

ZstdWriter::~ZstdWriter() = default;

void ZstdWriter::write(std::string_view bytes) {
    m_written += bytes.size();
    if (m_pending.size() + bytes.size() > k_block) {
        compress(m_pending, false);
        m_pending.clear();
    }
    if (bytes.size() > k_block) {
        compress(bytes, false);  // a wide row is not copied once more
    } else {
        m_pending += bytes;
    }
}

void ZstdWriter::finish() {
    compress(m_pending, true);
    m_state->object->finish();
}

void ZstdWriter::compress(std::string_view bytes, bool end) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
        ZSTD_outBuffer out{m_state->out.data(), m_state->out.size(), 0};
        const std::size_t left =
            ZSTD_compressStream2(m_state->context.get(), &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left) != 0) throw ZstdError(ZSTD_getErrorName(left));
        if (out.pos != 0) m_state->object->write({m_state->out.data(), out.pos});
        if (end ? left == 0 : in.pos == in.size) break;
    }
}

struct ZstdReader::State {
    std::unique_ptr<ObjectReader> object;
    std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context{ZSTD_createDCtx()};
    std::vector<char> plain = std::vector<char>(k_block);
    ZSTD_inBuffer in{};
    std::size_t begin = 0;  ///< of what is decompressed and not yet returned
    std::size_t end = 0;
    std::size_t expected = 1;  ///< octets that zstd would like next: 0 between two frames
    bool full = false;         ///< the last block filled `plain`: zstd may hold more of it

    /// Decompresses the next block; false at the end of the object.
    bool fill() {
        for (;;) {
            if (!full && in.pos == in.size && !refill()) {
                if (expected != 0) throw ZstdError("it is cut off");
                return false;
            }
            ZSTD_outBuffer out{plain.data(), plain.size(), 0};
            const std::size_t taken = in.pos;
            const std::size_t wanted = ZSTD_decompressStream(context.get(), &out, &in);
            if (ZSTD_isError(wanted) != 0) throw ZstdError(ZSTD_getErrorName(wanted));
            if (in.pos != taken || out.pos != 0) expected = wanted;
            full = out.pos == out.size;
            begin = 0;
            end = out.pos;
            if (end != 0) return true;
        }
    }

    bool refill() {
        const std::string_view packed = object->read();
        in = {packed.data(), packed.size(), 0};
        return !packed.empty();
    }
};

ZstdReader::ZstdReader(std::unique_ptr<ObjectReader> object)
    : m_state(std::make_unique<State>(State{std::move(object)})) {}

ZstdReader::~ZstdReader() = default;

std::string_view ZstdReader::read(std::uint64_t most) {
    State& state = *m_state;
    if (state.begin == state.end && !state.fill()) return {};
    const std::size_t length = std::min<std::uint64_t>(most, state.end - state.begin);
    const std::string_view view(state.plain.data() + state.begin, length);
    state.begin += length;
    return view;
}

}  // namespace lastgood
