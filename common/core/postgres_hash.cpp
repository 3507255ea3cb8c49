#include "core/content_digest.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace lastgood {

namespace {

static_assert(std::endian::native == std::endian::little, "words are read as a little-endian server reads them");

/// The state of lookup3.
struct Mixer {
    std::uint32_t a;
    std::uint32_t b;
    std::uint32_t c;

    void mix() {
        a -= c, a ^= std::rotl(c, 4), c += b;
        b -= a, b ^= std::rotl(a, 6), a += c;
        c -= b, c ^= std::rotl(b, 8), b += a;
        a -= c, a ^= std::rotl(c, 16), c += b;
        b -= a, b ^= std::rotl(a, 19), a += c;
        c -= b, c ^= std::rotl(b, 4), b += a;
    }
    void finish() {
        c ^= b, c -= std::rotl(b, 14);
        a ^= c, a -= std::rotl(c, 11);
        b ^= a, b -= std::rotl(a, 25);
        c ^= b, c -= std::rotl(b, 16);
        a ^= c, a -= std::rotl(c, 4);
        b ^= a, b -= std::rotl(a, 14);
        c ^= b, c -= std::rotl(b, 24);
    }
    void add(const std::array<std::uint32_t, 3>& words) {
        a += words[0];
        b += words[1];
        c += words[2];
    }
};

constexpr std::size_t k_block = 12;

/// The last bytes, fewer than a block. The lowest byte of the third word is reserved for the length.
std::array<std::uint32_t, 3> last_words(std::string_view bytes) {
    std::array<unsigned char, k_block> block{};
    for (std::size_t i = 0; i < bytes.size(); ++i) block[i < 8 ? i : i + 1] = static_cast<unsigned char>(bytes[i]);
    return std::bit_cast<std::array<std::uint32_t, 3>>(block);
}

}  // namespace

std::uint64_t postgres_hash(std::string_view bytes, std::uint64_t seed) {
    const std::uint32_t start = 0x9e3779b9U + static_cast<std::uint32_t>(bytes.size()) + 3923095U;
    Mixer mixer{start, start, start};
    if (seed != 0) {
        mixer.a += static_cast<std::uint32_t>(seed >> 32U);
        mixer.b += static_cast<std::uint32_t>(seed);
        mixer.mix();
    }
    for (; bytes.size() >= k_block; bytes.remove_prefix(k_block)) {
        std::array<std::uint32_t, 3> words;  // NOLINT: filled in the next line
        std::memcpy(words.data(), bytes.data(), k_block);
        mixer.add(words);
        mixer.mix();
    }
    mixer.add(last_words(bytes));
    mixer.finish();
    return (static_cast<std::uint64_t>(mixer.b) << 32U) | mixer.c;
}

}  // namespace lastgood
