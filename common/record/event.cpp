#include "record/event.hpp"

#include "record/document.hpp"
#include "record/fields.hpp"

namespace lastgood {

Json to_json(const Event& event) {
    return {{"format", k_record_format}, {"number", event.number}, {"type", event.type}, {"at", event.at},
            {"step", event.step},        {"data", event.data}};
}

Event event_from_json(const std::string& bytes, const std::string& key) {
    return read_document(bytes, key, [&key](const Json& json) {
        const Fields fields(json);
        Event event;
        event.number = fields.number<int>("number");
        event.type = fields.text("type");
        event.at = fields.text("at");
        event.step = fields.text("step", "");
        if (const Json* data = fields.find("data")) event.data = *data;
        if (event.number < 1 || event.type.empty() || !event.data.is_object()) throw unreadable(key, "it is no event");
        return event;
    });
}

}  // namespace lastgood
