#include "record/restore_points.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "outside/clock.hpp"
#include "outside/files.hpp"
#include "record/document.hpp"
#include "record/json_values.hpp"
#include "record/numbered_keys.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"
#include "record/protection.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lastgood {

namespace {

constexpr const char* k_proof = "proof.json";
constexpr const char* k_checksum = "manifest.sha256";
constexpr const char* k_signature = "manifest.sig";

/// As sha256sum --check reads it.
std::string checksum_of(const std::string& manifest) {
    return sha256(manifest) + "  " + std::string(k_sealing_key) + "\n";
}

std::string manifest_key(const std::string& prefix) {
    return prefix + std::string(k_sealing_key);
}

/// Before everything else if it cannot be read: it is listed, and its reader is told why.
Time age_key(const RestorePoints& points, const std::string& id) {
    try {
        const auto manifest = points.manifest(id);
        return manifest ? parse_time(manifest->taken_at) : Time::min();
    } catch (const Failure&) {
        return Time::min();
    } catch (const std::invalid_argument&) {
        return Time::min();
    }
}

Failure unusable(const std::string& what) {
    return {ExitCode::failed_clean, what, "nothing", "lastgood backups list   shows the other restore points"};
}

}  // namespace

RestorePoints::RestorePoints(Store& store, std::string scope, const Protection* protection,
                             const Interruption* interruption)
    : m_store(store), m_scope(std::move(scope)), m_protection(protection), m_interruption(interruption) {}

std::string RestorePoints::prefix(const std::string& id) const {
    return scope_prefix(m_scope) + "restore-points/" + store_key_part(id) + "/";
}

std::vector<std::string> RestorePoints::ids() const {
    std::vector<std::pair<Time, std::string>> found;
    for (const std::string& id : m_store.list_parts(scope_prefix(m_scope) + "restore-points/"))
        if (m_store.get(manifest_key(prefix(id)))) found.emplace_back(age_key(*this, id), id);
    std::sort(found.begin(), found.end());
    std::vector<std::string> ids;
    ids.reserve(found.size());
    for (auto& [taken_at, id] : found) ids.push_back(std::move(id));
    return ids;
}

std::vector<std::pair<std::string, Time>> RestorePoints::incomplete() const {
    std::vector<std::pair<std::string, Time>> found;
    for (const std::string& id : m_store.list_parts(scope_prefix(m_scope) + "restore-points/")) {
        if (m_store.get(manifest_key(prefix(id)))) continue;
        if (const auto changed = m_store.last_change(prefix(id))) found.emplace_back(id, *changed);
    }
    return found;
}

std::optional<Manifest> RestorePoints::manifest(const std::string& id) const {
    const std::string key = manifest_key(prefix(id));
    const auto bytes = m_store.get(key);
    if (!bytes) return std::nullopt;
    require_unaltered(id, *bytes);
    return read_document(*bytes, m_store.address() + "/" + key,
                         [](const Json& json) { return value_from_json<Manifest>(json); });
}

void RestorePoints::require_unaltered(const std::string& id, const std::string& manifest) const {
    const std::string key = manifest_key(prefix(id));
    std::string doubt;
    if (m_store.get(prefix(id) + k_checksum) != checksum_of(manifest)) {
        doubt = std::string("it differs from ") + k_checksum + " beside it";
    } else if (m_protection != nullptr) {
        doubt = m_protection->doubt(manifest, m_store.get(prefix(id) + k_signature));
    }
    if (doubt.empty()) return;
    throw unusable("the manifest of restore point " + id + " is not as it was written: " + m_store.address() + "/" +
                   key + ": " + doubt);
}

std::string RestorePoints::manifest_digest(const std::string& id) const {
    const auto bytes = m_store.get(manifest_key(prefix(id)));
    if (!bytes) throw unusable("there is no restore point " + id);
    return sha256(*bytes);
}

std::optional<Proof> RestorePoints::proof(const std::string& id) const {
    const std::string key = prefix(id) + k_proof;
    const auto bytes = m_store.get(key);
    const auto sealed = m_store.get(manifest_key(prefix(id)));
    if (!bytes || !sealed) return std::nullopt;
    Proof proof = read_document(*bytes, m_store.address() + "/" + key,
                                [](const Json& json) { return value_from_json<Proof>(json); });
    return proof.manifest == sha256(*sealed) ? std::optional(std::move(proof)) : std::nullopt;
}

std::unique_ptr<PointWriter> RestorePoints::begin(const std::string& id) {
    discard(id);
    return std::make_unique<PointWriter>(m_store, prefix(id), m_protection, m_interruption);
}

void RestorePoints::publish(Manifest manifest, const PointWriter& written) {
    const std::string place = prefix(manifest.id);
    manifest.objects = written.objects();
    if (manifest.objects.empty()) throw StoreError("nothing was written for " + place);
    if (m_protection != nullptr && m_protection->encrypts()) manifest.encryption = "age";
    const std::string text = document_text(to_json(manifest));
    m_store.settle(place);
    m_store.create(place + k_checksum, checksum_of(text));
    if (m_protection != nullptr && m_protection->signs()) m_store.create(place + k_signature, m_protection->sign(text));
    if (!m_store.create(manifest_key(place), text))
        throw StoreError(manifest_key(place) + " was written by another program meanwhile");
}

void RestorePoints::discard(const std::string& id) {
    if (m_store.get(manifest_key(prefix(id))))
        throw StoreError("restore point " + id + " in " + m_store.address() + " is complete and is not replaced");
    m_store.remove(prefix(id));
}

void RestorePoints::write_proof(const std::string& id, const Proof& proof) {
    const std::string key = prefix(id) + k_proof;
    const std::string bytes = document_text(to_json(proof));
    if (m_store.create(key, bytes) || m_store.get(key) == bytes) return;
    // Killed in between, the restore point counts as not proven: the safe side.
    m_store.remove(key);
    if (!m_store.create(key, bytes)) throw StoreError(key + " was written by another program meanwhile");
}

std::unique_ptr<PointReader> RestorePoints::open(const Manifest& manifest) const {
    return std::make_unique<PointReader>(m_store, prefix(manifest.id), manifest, m_protection, m_interruption);
}

std::vector<std::string> RestorePoints::seals(const std::string& id) const {
    std::vector<std::string> there;
    for (const std::string& key : m_store.list(prefix(id)))
        if (key == k_sealing_key || key == k_checksum || key == k_signature) there.push_back(key);
    return there;
}

void RestorePoints::remove(const std::string& id) {
    m_store.remove(manifest_key(prefix(id)));
    m_store.remove(prefix(id));
}

}  // namespace lastgood
