#include "steps/lastgood/finding.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "framework/framework.hpp"
#include "record/event.hpp"
#include "step/world.hpp"

namespace lastgood {

namespace {

const char* text_of(Weight weight) {
    return weight == Weight::fine ? "ok" : weight == Weight::note ? "note" : "TROUBLE";
}

}  // namespace

int report(World& world, std::vector<Finding> findings) {
    int troubles = 0;
    for (auto& finding : findings) {
        finding.sentence = world.console.completed(finding.sentence);
        finding.next = world.console.completed(finding.next);
        troubles += finding.weight == Weight::trouble ? 1 : 0;
        if (world.options.json)
            world.console.answer(Json{
                {"lastgood", k_record_format},
                {"type", "finding"},
                {"weight", text_of(finding.weight)},
                {"about", finding.about},
                {"sentence", finding.sentence},
                {"next",
                 finding.next}}.dump());
        else
            world.console.answer(std::string(text_of(finding.weight)) + "  " + finding.about + ": " + finding.sentence +
                                 (finding.next.empty() ? "" : "\n         next: " + finding.next));
    }
    if (troubles == 0) return 0;
    throw Failure(ExitCode::refused, say_count(troubles, "thing") + " would go wrong", "nothing",
                  "mend them, then lastgood check");
}

std::optional<Finding> undescribed_models(Framework& framework) {
    const auto changes = framework.model_changes();
    if (!changes || changes->empty()) return std::nullopt;
    std::string text = "the models have " + say_count(changes->size(), "change") + " that no migration describes";
    for (const auto& change : *changes) text += "\n    " + change;
    return Finding{Weight::trouble, "migrations", text, "write the migration, commit it, then lastgood check"};
}

}  // namespace lastgood
